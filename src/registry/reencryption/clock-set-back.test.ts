// Moves of repositories on a machine whose clock is set back: the latest is the latest, and no pause grows.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Caller } from '#core/caller.ts';
import { home } from '../testing/test-images.ts';
import { type Ground, type House, hourMs, newGround, openHouse, put } from '../testing/test-layers.ts';

// Only who it was is written down.
const caller = { principal: { arn: 'arn:aws:iam::123456789012:user/anna' } } as Caller;

let ground: Ground;
let house: House;
/** Of the clock on the wall. */
let offMs: number;
beforeEach(async () => {
  offMs = 0;
  const made = await newGround();
  ground = { ...made, clock: { ...made.clock, nowMs: () => made.clock.nowMs() + offMs } };
  house = openHouse(ground);
  for (const name of ['one', 'two']) house.repositoryKeys.usable.set(name, ['read', 'write']);
  await house.repositories.create(home, { name: 'app', encryption: { type: 'KMS', kmsKey: 'one' } });
});
afterEach(() => ground.database.close());

const current = () => house.repositories.get(home, 'app');
const statusNow = async () => (await house.moves.reencryptions.find(await current()))?.status;

function run(): Promise<void> {
  return house.moves.run(new AbortController().signal, {
    ended: async (_repository, end) => void (await end()),
    paused: (_repository, _move, _reason, pause) => pause(),
    failed: (_repository, error) => assert.fail(String(error)),
  });
}

test('a move that seems to have begun before an earlier one is found, told of and cancelled', async () => {
  const { reencryptions } = house.moves;
  await reencryptions.start(await current(), { kmsKey: 'two' }, caller);
  await run();
  assert.equal(await statusNow(), 'COMPLETE');
  offMs = -hourMs;
  const { id } = await reencryptions.start(await current(), { kmsKey: 'one' }, caller);
  assert.equal((await reencryptions.find(await current()))?.id, id);
  assert.equal((await reencryptions.cancel(await current())).status, 'CANCELLING');
  await run();
  assert.equal(await statusNow(), 'CANCELLED');
});

test('a pause lasts as long as it was meant to', async () => {
  await put(house, await current(), 'layer');
  await house.moves.reencryptions.start(await current(), { kmsKey: 'two' }, caller);
  house.repositoryKeys.usable.set('one', []);
  await run();
  assert.equal(await statusNow(), 'PAUSED');
  house.repositoryKeys.usable.set('one', ['read', 'write']);
  offMs = -hourMs;
  house.clock.advance(1000);
  await run();
  assert.equal(await statusNow(), 'COMPLETE');
});
