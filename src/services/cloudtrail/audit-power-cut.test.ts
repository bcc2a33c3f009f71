// Power cuts and kills at any call of the audit log: what was appended stays, in a chain that verifies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '#core/random.ts';
import type { PowerCutAuditOptions } from './testing/power-cut-audit-disk.ts';
import { playAuditPowerCuts } from './testing/power-cut-audit-play.ts';

const plays = 60;

async function playMany(lies?: PowerCutAuditOptions['lies']): Promise<number> {
  const first = systemRandom.bytes(4).readUInt32BE();
  const counts = { cuts: 0, acknowledged: 0, checked: 0 };
  for (let seed = first; seed < first + plays; seed += 1) {
    await playAuditPowerCuts({ seed, lies }, counts).catch((error: unknown) => {
      throw new Error(`with the seed ${seed}: ${String(error)}`, { cause: error });
    });
  }
  return counts.acknowledged;
}

test('the audit log keeps its contract across power cuts and kills', async (context) => {
  const kept = await playMany();
  context.diagnostic(`${kept} lines answered in ${plays} plays`);
  assert.ok(kept > 10 * plays);
});

for (const call of ['datasync', 'syncFolder'] as const) {
  test(`a log whose ${call} did nothing would be found out`, async () => {
    await assert.rejects(playMany(call), /with the seed \d+: .*(gone|anchor says|of the log was|missing)/s);
  });
}
