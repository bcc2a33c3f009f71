// The histogram of the event loop's delay, while the loop is held up on purpose.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#core/clock.ts';
import { openEventLoopDelay } from './event-loop-delay.ts';

test('the first request after a quiet time is seen at once', async () => {
  const delay = openEventLoopDelay(systemClock);
  try {
    // Nobody asks anything: after the first sample the next one is far away.
    while (countOf(delay.lines(), '+Inf') === 0) await new Promise(setImmediate);
    const quietMs = systemClock.monotonicMs();
    delay.busy();
    while (countOf(delay.lines(), '+Inf') === 1) await new Promise(setImmediate);
    assert.ok(systemClock.monotonicMs() - quietMs < 400);
  } finally {
    delay.close();
  }
});

test('a held-up event loop is seen, and buckets only grow', async () => {
  const delay = openEventLoopDelay(systemClock);
  try {
    // A timer must come due while the loop is held, whenever that is.
    while (countOf(delay.lines(), '+Inf') === countOf(delay.lines(), '0.05')) {
      delay.busy();
      const untilMs = systemClock.monotonicMs() + 120;
      while (systemClock.monotonicMs() < untilMs);
      // A timer that is due runs before an immediate.
      await new Promise(setImmediate);
    }
    const lines = delay.lines();
    const bounds = lines.filter((line) => line.includes('_bucket')).map((line) => Number(line.split(' ')[1]));
    assert.deepEqual(
      bounds,
      bounds.toSorted((left, right) => left - right),
    );
    assert.equal(countOf(lines, '+Inf'), bounds.at(-1));
    assert.ok(bounds.length > 5);
  } finally {
    delay.close();
  }
});

function countOf(lines: readonly string[], bound: string): number {
  const found = lines.find((line) => line.includes(`le="${bound}"`));
  return Number(found?.split(' ')[1]);
}
