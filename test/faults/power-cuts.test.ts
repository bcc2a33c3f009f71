// The long form of power cuts, kept short: each of the three is played, and what was played is said.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../src/core/random.ts';
import { runPowerCuts } from './power-cuts.ts';

test('a few power cuts lose nothing that was acknowledged', async (context) => {
  const seed = systemRandom.bytes(4).readUInt32BE();
  const said: string[] = [];
  const rows = await runPowerCuts({ seed, cuts: 8, progress: (line) => said.push(line) });
  for (const line of said) context.diagnostic(line);
  assert.deepEqual(
    rows.map(({ what }) => what),
    ['file store', 'encrypted store', 'audit log'],
  );
  for (const row of rows) assert.ok(row.cuts >= 8 && row.acknowledged > 0 && row.checked > 0, JSON.stringify(row));
});
