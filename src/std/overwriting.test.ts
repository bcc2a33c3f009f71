// Secrets are whole while somebody works with them, and zeros afterwards.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTurn } from './next-turn.ts';
import { overwriting } from './overwriting.ts';

const zeros = Buffer.alloc(4);

test('they are overwritten when the work is done, and when it failed, at once or later', async () => {
  const works = [
    () => 'done',
    async () => nextTurn().then(() => 'done'),
    () => {
      throw new Error('failed');
    },
    async () => nextTurn().then(() => Promise.reject(new Error('failed'))),
  ];
  for (const [index, work] of works.entries()) {
    const [one, other] = [Buffer.alloc(4, 7), Buffer.alloc(4, 8)];
    const ended = overwriting([one, other], async () => {
      assert.deepEqual([one, other], [Buffer.alloc(4, 7), Buffer.alloc(4, 8)]);
      const result = await work();
      assert.equal(one[0], 7, 'to the end');
      return result;
    });
    if (index < 2) assert.equal(await ended, 'done');
    else await assert.rejects(ended, /failed/);
    assert.deepEqual([one, other], [zeros, zeros]);
  }
  const single = Buffer.alloc(4, 7);
  await overwriting(single, () => undefined);
  await overwriting(undefined, () => undefined);
  assert.deepEqual(single, zeros);
});
