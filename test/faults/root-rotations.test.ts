// A few kills of `npm run test:faults -- --root-rotations 500`, so that it keeps working.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runRootRotations } from './root-rotations.ts';

test('a rotation of the root key that is killed loses nothing', { timeout: 120_000 }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-rotations-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const dataFolder = join(folder, 'data');
  const report = await runRootRotations({ seed: 7, kills: 3, domains: 300, dataFolder, progress: () => undefined });
  assert.equal(report.kills, 3);
});
