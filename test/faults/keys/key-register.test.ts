// The states of keys as the crash machine for keys judges by: what may follow what, and what never does.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { absent } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import { seededRandom } from '../driving/seeded-random.ts';
import { entry, keyIs, put } from './calls.ts';
import { enableMoves } from './key-actions.ts';
import { type KeyEntry, pending, pendingWithout, stateOf } from './key-register.ts';
import { KeyWorld } from './key-world.ts';

const key = { keyId: 'k1' };
const dueDay = 7;
const waiting = stateOf(pending, dueDay);

type Answer = 'done' | 'refused' | undefined;

const made = put('key', key.keyId, '', 'Enabled', 'done');
const move = (moves: Readonly<Record<string, string>>, answer: Answer): KeyEntry =>
  entry('key', key.keyId, '', { kind: 'move', moves, answer });
const scheduled = (answer: Answer) => move({ Enabled: waiting, Disabled: waiting }, answer);
const cancelled = (answer: Answer) => move({ [pending]: 'Disabled', [pendingWithout]: 'PendingImport' }, answer);

/** Each list is a life, whose entries were answered one after the other; the day on which it was. */
function live(lives: ReadonlyArray<readonly [day: number, entries: readonly KeyEntry[]]>): KeyWorld {
  const world = new KeyWorld(seededRandom(1));
  for (const [day, entries] of lives) {
    world.day = day;
    for (const one of entries) {
      const { operation } = one;
      const isOpen = operation.kind === 'move' && operation.answer === undefined;
      const asked = world.history.ask([one]);
      if (!isOpen) world.history.answer(asked, [one]);
    }
    world.history.settle();
  }
  return world;
}

const isLost = (...lives: Parameters<typeof live>[0]) => assert.throws(() => live(lives), Violation);
const states = (world: KeyWorld) => [...world.statesOf(key.keyId)].sort();

describe('a key', () => {
  test('keeps the state that was answered', () => {
    assert.deepEqual(states(live([[0, [made, scheduled('done')]]])), [waiting]);
    isLost([0, [made]], [0, [keyIs(key, 'Disabled')]]);
    isLost([0, [made]], [0, [keyIs(key, absent)]]);
    isLost([0, [made, scheduled('done')]], [0, [keyIs(key, 'Enabled')]]);
  });

  test('may be in either state after a change that was not answered, and then in the one that was seen', () => {
    const open = live([
      [0, [made]],
      [0, [scheduled(undefined)]],
    ]);
    assert.deepEqual(states(open), ['Enabled', waiting]);
    isLost([0, [made]], [0, [scheduled(undefined)]], [0, [keyIs(key, 'Enabled')]], [0, [keyIs(key, pending)]]);
  });

  test('is refused only what its state refuses', () => {
    live([[0, [made, cancelled('refused')]]]);
    isLost([0, [made, cancelled('done')]]);
    isLost([0, [made, move(enableMoves, 'refused')]]);
    live([[0, [made, scheduled('done'), move(enableMoves, 'refused')]]]);
  });

  test('goes on its day and not before, and does not come back', () => {
    const waits = [0, [made, scheduled('done')]] as const;
    isLost(waits, [dueDay - 1, [keyIs(key, absent)]]);
    assert.deepEqual(states(live([waits, [dueDay, [keyIs(key, absent)]]])), [absent]);
    isLost(waits, [dueDay, [keyIs(key, absent)]], [dueDay, [keyIs(key, pending)]]);
    isLost(waits, [dueDay, [keyIs(key, absent), cancelled('done')]]);
    // Until it has gone it may still be called back.
    assert.deepEqual(states(live([waits, [dueDay, [cancelled('done')]]])), ['Disabled']);
    isLost(waits, [dueDay - 1, [cancelled('done')]], [dueDay, [keyIs(key, absent)]]);
  });
});

describe('what hangs on a key', () => {
  const alias = (state: string): KeyEntry => entry('alias', 'alias/a', '', { kind: 'among', states: [state] });
  const named = put('alias', 'alias/a', '', key.keyId, 'done');
  const granted = put('grant', key.keyId, 'g1', 'there', 'done');
  const grant = (state: string): KeyEntry => entry('grant', key.keyId, 'g1', { kind: 'among', states: [state] });

  test('stays as long as the key', () => {
    isLost([0, [made, named]], [0, [alias(absent)]]);
    isLost([0, [made, granted]], [0, [grant(absent)]]);
    isLost([0, [made, named, scheduled('done')]], [dueDay - 1, [alias(absent)]]);
  });

  test('goes with it', () => {
    const before = [0, [made, named, granted, scheduled('done')]] as const;
    live([before, [dueDay, [keyIs(key, absent), alias(absent), grant(absent)]]]);
    isLost(before, [dueDay, [keyIs(key, absent), alias(absent)]], [dueDay, [alias(key.keyId)]]);
  });
});
