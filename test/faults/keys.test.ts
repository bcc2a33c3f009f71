// A few kills of `npm run test:faults -- --keys 200`, so that it keeps working.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '../../src/core/random.ts';
import { runKeyMachine } from './keys/key-machine.ts';

for (const [workers, kills] of [
  [1, 4],
  [2, 2],
] as const) {
  const what = `${kills} kills under load on KMS keys, ${workers === 1 ? 'one process' : `${workers} workers`}`;
  test(`${what}, lose nothing and bring nothing back`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-key-faults-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const seed = systemRandom.bytes(4).readUInt32BE();
    context.diagnostic(`seed ${seed}`);
    const progress = () => undefined;
    const report = await runKeyMachine({ seed, kills, workers, dataFolder: join(folder, 'data'), progress });
    // A life that loses a worker ends too: two kills.
    assert.ok(report.kills === kills || report.kills === kills + 1);
    const { keys, acknowledgedWrites, openedCiphertexts, auditRecords, verifications } = report;
    assert.ok(keys >= 3 && acknowledgedWrites > 5 && openedCiphertexts > 0, JSON.stringify(report));
    assert.ok(verifications > 0 && auditRecords > acknowledgedWrites, JSON.stringify(report));
  });
}
