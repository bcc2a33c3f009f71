// The checker that judges every crash run: it accepts what a real register does and rejects what none could.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Observed, type Step, statesAfter } from './linearizability.ts';
import { absent, type RegisterOperation, stepCollectible, stepRegister } from './register.ts';

type Seen = Observed<RegisterOperation>;

const fresh: ReadonlySet<string> = new Set([absent]);
const after = (...history: readonly Seen[]) => [...statesAfter(stepRegister, fresh, history)].sort();
const seen = (start: number, end: number, operation: RegisterOperation): Seen => {
  return { start, end, isAnswered: true, operation };
};
const unanswered = (one: Seen): Seen => ({ ...one, isAnswered: false });
const put = (value: string): RegisterOperation => ({ kind: 'put', value });
const read = (value: string): RegisterOperation => ({ kind: 'read', value });
const remove = (found?: boolean): RegisterOperation => ({ kind: 'remove', found });

describe('by hand', () => {
  test('one after the other: the last write is what is read', () => {
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, put('b')), seen(5, 6, read('b'))), ['b']);
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, put('b')), seen(5, 6, read('a'))), []);
  });

  test('at the same time: either order, but the same one for everybody', () => {
    const writes = [seen(1, 10, put('a')), seen(2, 11, put('b'))];
    assert.deepEqual(after(...writes), ['a', 'b']);
    assert.deepEqual(after(...writes, seen(12, 13, read('a'))), ['a']);
    assert.deepEqual(after(...writes, seen(12, 13, read('a')), seen(14, 15, read('b'))), []);
  });

  test('without an answer: before the kill, or never, but not first seen and then gone', () => {
    const lost = unanswered(seen(3, 4, put('b')));
    assert.deepEqual(after(seen(1, 2, put('a')), lost), ['a', 'b']);
    assert.deepEqual(after(seen(1, 2, put('a')), lost, seen(5, 6, read('b'))), ['b']);
    assert.deepEqual(after(seen(1, 2, put('a')), lost, seen(5, 6, read('b')), seen(7, 8, read('a'))), []);
  });

  test('an acknowledged write that is lost, and a delete that comes back, are found', () => {
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, read(absent))), []);
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, remove(true)), seen(5, 6, read('a'))), []);
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, remove(false))), []);
    assert.deepEqual(after(seen(1, 2, remove(true))), []);
  });

  test('a conditional write tells what it found', () => {
    const swap = (holds?: boolean): RegisterOperation => ({ kind: 'swap', expected: 'a', value: 'b', holds });
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, swap(true))), ['b']);
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, swap(false))), []);
    assert.deepEqual(after(seen(1, 2, put('c')), seen(3, 4, swap(false))), ['c']);
    assert.deepEqual(after(seen(1, 2, put('c')), seen(3, 4, swap(true))), []);
    // Two of them cannot both have found the same value.
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 6, swap(true)), seen(4, 5, swap(true))), []);
  });

  test('an image that is deleted takes the tags that name it, and no others', () => {
    const drop = (found: boolean): RegisterOperation => ({ kind: 'drop', value: 'a', found });
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, drop(true))), [absent]);
    assert.deepEqual(after(seen(1, 2, put('b')), seen(3, 4, drop(true))), ['b']);
    assert.deepEqual(after(seen(1, 2, put('a')), seen(3, 4, drop(false))), []);
  });

  test('what is collected goes by itself and does not come back by itself', () => {
    const collected = (...history: readonly Seen[]) => [...statesAfter(stepCollectible, fresh, history)];
    assert.deepEqual(collected(seen(1, 2, put('a')), seen(3, 4, read(absent))), [absent]);
    assert.deepEqual(collected(seen(1, 2, put('a')), seen(3, 4, read(absent)), seen(5, 6, read('a'))), []);
    assert.deepEqual(collected(seen(1, 2, put('a')), seen(3, 4, remove(true)), seen(5, 6, read('a'))), []);
  });
});

/** The definition, word for word: every subset with all that was answered, in every order that no clock contradicts. */
function naive(step: Step<RegisterOperation>, before: ReadonlySet<string>, history: readonly Seen[]): Set<string> {
  const finals = new Set<string>();
  const walk = (state: string, left: readonly Seen[]) => {
    if (left.every((one) => !one.isAnswered)) finals.add(state);
    for (const one of left) {
      if (left.some((other) => other !== one && other.isAnswered && other.end < one.start)) continue;
      const next = step(state, one.operation);
      const rest = left.filter((other) => other !== one && (other.isAnswered || other.end > one.start));
      if (next !== undefined) walk(next, rest);
    }
  };
  for (const state of before) walk(state, history);
  return finals;
}

const value = fc.constantFrom('a', 'b', absent);
const answer = fc.constantFrom(true, false, undefined);
const operation: fc.Arbitrary<RegisterOperation> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), value: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('swap' as const), expected: value, value: fc.constantFrom('a', 'b'), holds: answer }),
  fc.record({ kind: fc.constant('remove' as const), found: answer }),
  fc.record({ kind: fc.constant('drop' as const), value: fc.constantFrom('a', 'b'), found: answer }),
  fc.record({ kind: fc.constant('read' as const), value }),
);

/** Operations of several clients: starts and ends are a random shuffle of the same moments. */
const histories = fc.array(fc.tuple(operation, fc.boolean()), { maxLength: 6 }).chain((operations) =>
  fc.shuffledSubarray([...Array(operations.length * 2).keys()], { minLength: operations.length * 2 }).map((moments) =>
    operations.map(([one, isAnswered], index): Seen => {
      const [left = 0, right = 0] = [moments[2 * index], moments[2 * index + 1]];
      return { start: Math.min(left, right), end: Math.max(left, right), isAnswered, operation: one };
    }),
  ),
);

for (const [name, step] of Object.entries({ stepRegister, stepCollectible })) {
  test(`agrees with the definition on any small history (${name})`, () => {
    let possible = 0;
    let impossible = 0;
    const property = fc.property(histories, (history) => {
      const found = statesAfter(step, fresh, history);
      assert.deepEqual([...found].sort(), [...naive(step, fresh, history)].sort());
      if (found.size > 0) possible += 1;
      else impossible += 1;
    });
    fc.assert(property, { numRuns: 2000 });
    assert.ok(possible > 200 && impossible > 200, `${possible} possible, ${impossible} impossible`);
  });
}

/** What a real register would have answered: each operation takes effect at one moment, in the order of the list. */
function played(writes: ReadonlyArray<readonly [isRead: boolean, before: number, after: number]>): readonly Seen[] {
  let state = absent;
  return writes.map(([isRead, before, later], index) => {
    const at = index * 1000 + 500;
    if (!isRead) state = `value ${index}`;
    // Up to three neighbours on either side overlap it.
    return seen(at - before, at + later, isRead ? read(state) : put(state));
  });
}

const plays = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3400 }), fc.integer({ min: 1, max: 3400 })), {
  minLength: 2,
  maxLength: 40,
});

test('any play of a real register is accepted, however its operations overlap', () => {
  fc.assert(fc.property(plays, (play) => statesAfter(stepRegister, fresh, played(play)).size > 0));
});

test('a read of what had been overwritten before it began is rejected, wherever it stands', () => {
  let tried = 0;
  const property = fc.property(plays, fc.nat(), (play, choice) => {
    const history = [...played(play)];
    const index = choice % history.length;
    const wrong = history[index];
    if (wrong === undefined || wrong.operation.kind !== 'read') return;
    const writes = history.filter((one) => one.operation.kind === 'put');
    // Overwritten for sure: another write began after it had ended, and ended before the read began.
    const stale = writes.find((one) => writes.some((next) => next.start > one.end && next.end < wrong.start));
    if (stale?.operation.kind !== 'put') return;
    tried += 1;
    history[index] = { ...wrong, operation: read(stale.operation.value) };
    assert.equal(statesAfter(stepRegister, fresh, history).size, 0);
  });
  fc.assert(property, { numRuns: 1000 });
  assert.ok(tried > 10, String(tried));
});
