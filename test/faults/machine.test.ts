// The crash machine itself, for a few kills: the whole of it runs with `npm run test:faults`.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '../../src/core/random.ts';
import { runMachine } from './machine.ts';

test('four kills lose nothing that was acknowledged', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const seed = systemRandom.bytes(4).readUInt32BE();
  context.diagnostic(`seed ${seed}`);
  const report = await runMachine({ seed, kills: 4, dataFolder: join(folder, 'data'), progress: () => undefined });
  assert.equal(report.kills, 4);
  assert.ok(report.acknowledgedWrites > 30 && report.auditRecords > report.acknowledgedWrites, JSON.stringify(report));
});
