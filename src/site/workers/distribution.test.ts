// Connections go to the workers in turn, one at a time each; while none is free they wait, and few wait at most.

import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { nextTurn } from '#std/next-turn.ts';
import { openDistribution, type Taker } from './distribution.ts';

function stage(waitingMax = 3) {
  const distribution = openDistribution(waitingMax);
  const given: string[] = [];
  const names = new Map<Socket, string>();
  const come = (name: string) => {
    const socket = new Socket();
    names.set(socket, name);
    distribution.take(socket);
    return socket;
  };
  const worker = (own: string) => {
    let took: () => void = () => undefined;
    const taker: Taker = {
      give(socket) {
        given.push(`${names.get(socket)} to ${own}`);
        return new Promise((resolve) => {
          took = resolve;
        });
      },
    };
    const take = async () => {
      took();
      await nextTurn();
    };
    return { taker, take };
  };
  return { distribution, given, come, worker };
}

test('in turn, and none to a worker that has not taken the one before', async () => {
  const { distribution, given, come, worker } = stage();
  const [one, two] = [worker('one'), worker('two')];
  distribution.join(one.taker);
  distribution.join(two.taker);
  const [a] = ['a', 'b', 'c', 'd'].map(come);
  assert.deepEqual(given, ['a to one', 'b to two']);
  assert.equal(a?.destroyed, false);
  await two.take();
  await two.take();
  assert.deepEqual(given.slice(2), ['c to two', 'd to two']);
  await one.take();
  assert.equal(a?.destroyed, true, 'the supervisor holds it no longer');
});

test('what came while nobody was there goes to the first that joins; too many are closed', async () => {
  const { distribution, given, come, worker } = stage();
  const sockets = ['a', 'b', 'c', 'd'].map(come);
  assert.deepEqual(
    sockets.map((socket) => socket.destroyed),
    [false, false, false, true],
  );
  const one = worker('one');
  distribution.join(one.taker);
  await one.take();
  assert.deepEqual(given, ['a to one', 'b to one']);
  distribution.leave(one.taker);
  await one.take();
  assert.deepEqual(given.length, 2, 'it is gone');
  distribution.close();
  assert.deepEqual([sockets[2]?.destroyed, come('e').destroyed], [true, true]);
});
