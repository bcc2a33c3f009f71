// The crash machine itself, for a few kills: the whole of it runs with `npm run test:faults`.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '../../src/core/random.ts';
import { runMachine } from './machine.ts';

for (const [workers, kills] of [
  [1, 4],
  [2, 2],
] as const) {
  const what = `${kills} kills of a site served by ${workers === 1 ? 'one process' : `${workers} workers`}`;
  test(`${what} lose nothing that was acknowledged`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const seed = systemRandom.bytes(4).readUInt32BE();
    context.diagnostic(`seed ${seed}`);
    const progress = () => undefined;
    const report = await runMachine({ seed, kills, workers, dataFolder: join(folder, 'data'), progress });
    const { acknowledgedWrites, auditRecords } = report;
    // A life that loses a worker ends too: two kills.
    assert.ok(report.kills === kills || report.kills === kills + 1);
    assert.ok(acknowledgedWrites > 15 && auditRecords > acknowledgedWrites, JSON.stringify(report));
  });
}
