// A sweeper runs while there is something left, and never once it is closed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSweeper } from './sweeper.ts';

test('it sweeps until nothing is left, and again once it is woken', async () => {
  let left = 3;
  let sweeps = 0;
  const idle = Promise.withResolvers<void>();
  const sweeper = openSweeper(1, () => {
    sweeps += 1;
    left -= 1;
    if (left <= 0) idle.resolve();
    return left > 0;
  });
  // Its timer holds no process, so the test does.
  const hold = setInterval(() => undefined, 5);
  sweeper.wake();
  sweeper.wake();
  await idle.promise;
  assert.equal(sweeps, 3);
  const again = Promise.withResolvers<void>();
  const other = openSweeper(1, () => {
    again.resolve();
    return false;
  });
  other.wake();
  await again.promise;
  clearInterval(hold);
});

test('closed, it sweeps no more', async () => {
  let sweeps = 0;
  const closed = openSweeper(1, () => {
    sweeps += 1;
    return true;
  });
  closed.wake();
  closed.close();
  closed.wake();
  const later = Promise.withResolvers<void>();
  const hold = setInterval(() => undefined, 5);
  const witness = openSweeper(3, () => {
    later.resolve();
    return false;
  });
  witness.wake();
  await later.promise;
  clearInterval(hold);
  assert.equal(sweeps, 0);
});
