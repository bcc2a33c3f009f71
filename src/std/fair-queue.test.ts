// Turns among lanes: order, fairness whatever a lane holds, and nothing lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fairQueue } from './fair-queue.ts';

test('a lane with one item waits for one item of every other lane, not for all of theirs', () => {
  const queue = fairQueue<string>();
  for (let index = 0; index < 1000; index += 1) queue.push('flood', `flood ${index}`);
  queue.push('honest', 'honest');
  assert.equal(queue.size, 1001);
  assert.deepEqual([queue.take(), queue.take(), queue.take()], ['flood 0', 'honest', 'flood 1']);
});

test('an empty queue has nothing, also after it was full', () => {
  const queue = fairQueue<number>();
  assert.equal(queue.take(), undefined);
  queue.push('a', 1);
  assert.equal(queue.take(), 1);
  assert.equal(queue.take(), undefined);
  assert.equal(queue.size, 0);
});

test('every item comes out once, in order within its lane, and no lane is passed over twice', () => {
  const step = fc.oneof(fc.constant('take' as const), fc.integer({ min: 0, max: 4 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = fairQueue<{ readonly lane: number; readonly serial: number }>();
      const waiting = new Map<number, number[]>();
      const overtaken = new Map<number, Map<number, number>>();
      const take = () => {
        const item = queue.take();
        if (item === undefined) return assert.equal(waiting.size, 0);
        const { lane, serial } = item;
        const mine = waiting.get(lane) ?? [];
        assert.equal(mine.shift(), serial);
        if (mine.length === 0) waiting.delete(lane);
        overtaken.delete(lane);
        // Whoever waits has seen every other lane served at most once since it began to wait or was served itself.
        for (const other of waiting.keys()) {
          if (other === lane) continue;
          const seen = overtaken.get(other) ?? new Map<number, number>();
          seen.set(lane, (seen.get(lane) ?? 0) + 1);
          overtaken.set(other, seen);
          assert.ok((seen.get(lane) ?? 0) <= 1);
        }
      };
      let serial = 0;
      for (const one of steps) {
        if (one === 'take') {
          take();
          continue;
        }
        serial += 1;
        waiting.set(one, [...(waiting.get(one) ?? []), serial]);
        queue.push(String(one), { lane: one, serial });
      }
      while (queue.size > 0) take();
      assert.equal(waiting.size, 0);
    }),
  );
});
