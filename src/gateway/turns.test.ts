// Turns of the event loop without an event loop: `defer` is a list that the test runs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lane, openTurns, type Turns } from './turns.ts';

function openStage(startsPerTurn: number) {
  const tasks: Array<() => void> = [];
  const turns: Turns = openTurns(startsPerTurn, (task) => tasks.push(task));
  const begun: string[] = [];
  const come = (name: string, lane: Lane) => {
    if (turns.begin()) begun.push(name);
    else void turns.wait(lane).then(() => begun.push(name));
  };
  /** Who has begun since the last time. */
  const lately = () => begun.splice(0);
  /** One turn of the loop: what was deferred runs, and then whoever it woke; these. */
  const turn = async () => {
    lately();
    for (const task of tasks.splice(0)) task();
    await Promise.resolve();
    return lately();
  };
  return { turns, come, turn, lately };
}

const known = (name: string): Lane => ({ known: true, name });
const stranger = (name: string): Lane => ({ known: false, name });

test('a few at a time begin at once, turn after turn', async () => {
  const { turns, come, turn, lately } = openStage(2);
  for (let round = 0; round < 5; round += 1) {
    come('a', known('a'));
    come('b', known('b'));
    assert.equal(turns.waiting, 0);
    assert.deepEqual(lately(), ['a', 'b']);
    assert.deepEqual(await turn(), []);
  }
});

test('one request of somebody else overtakes a flood', async () => {
  const { come, turn, turns, lately } = openStage(4);
  for (let index = 0; index < 64; index += 1) come(`flood ${index}`, known('flood'));
  come('honest', known('honest'));
  assert.equal(lately().length, 4, 'the first of the flood were alone when they came');
  const first = await turn();
  assert.equal(first.length, 4);
  assert.ok(first.includes('honest'), first.join());
  for (let left = turns.waiting; left > 0; left = turns.waiting) assert.ok((await turn()).length <= 4);
});

test('strangers from a thousand addresses leave half of every turn to those who are known', async () => {
  const { come, turn, turns } = openStage(4);
  for (let index = 0; index < 4; index += 1) come('first', stranger('first'));
  for (let index = 0; index < 1000; index += 1) come('stranger', stranger(`10.0.${index >> 8}.${index & 255}`));
  for (let index = 0; index < 10; index += 1) come('known', known('caller'));
  for (let round = 0; round < 5; round += 1) {
    const begun = await turn();
    assert.equal(begun.filter((name) => name === 'known').length, 2);
  }
  assert.equal(turns.waiting, 1000 - 10);
});

test('nobody goes past those who wait, even when the turn has room', async () => {
  const { come, turn, lately } = openStage(1);
  come('one', known('a'));
  come('two', known('a'));
  come('three', known('a'));
  assert.deepEqual(lately(), ['one']);
  come('four', known('b'));
  assert.deepEqual(lately(), []);
  const order = [await turn(), await turn(), await turn()].flat();
  assert.deepEqual(order, ['two', 'four', 'three']);
});
