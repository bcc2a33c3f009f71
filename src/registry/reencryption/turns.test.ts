// Many repositories on their way at once: each has its turn, and what goes wrong with one is told and stops no other.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Caller } from '#core/caller.ts';
import { home } from '../testing/test-images.ts';
import { type Ground, type House, hourMs, newGround, openHouse, put } from '../testing/test-layers.ts';

// Only who it was is written down.
const caller = { principal: { arn: 'arn:aws:iam::123456789012:user/anna' } } as Caller;
const layers = ['one layer', 'another layer', 'a third layer', 'a fourth layer'];

let ground: Ground;
let house: House;
/** What the records were told, in order. */
let told: string[];
beforeEach(async () => {
  told = [];
  ground = await newGround();
  house = openHouse(ground);
  for (const name of ['one', 'two']) house.repositoryKeys.usable.set(name, ['read', 'write']);
});
afterEach(() => ground.database.close());

/** A repository that is on its way, with so many layers. */
async function begin(name: string, count: number): Promise<void> {
  const repository = await house.repositories.create(home, { name, encryption: { type: 'KMS', kmsKey: 'one' } });
  for (const layer of layers.slice(0, count)) await put(house, repository, `${layer} of ${name}`);
  await house.moves.reencryptions.start(repository, { kmsKey: 'two' }, caller);
}

function run(of = house): Promise<void> {
  return of.moves.run(new AbortController().signal, {
    async ended({ name }, end) {
      told.push(`${name} ${(await end())?.status ?? 'not yet'}`);
    },
    async paused({ name }, _move, reason, pause) {
      told.push(`${name} ${reason}`);
      await pause();
    },
    failed: ({ name }, error) => void told.push(`${name} ${String(error)}`),
  });
}

/** Where each object that is written takes so long. */
function slow(ms: number): House {
  const write: Ground['blobs']['write'] = async (key) => {
    ground.clock.advance(ms);
    return ground.blobs.write(key);
  };
  return openHouse({ ...ground, blobs: { ...ground.blobs, write } });
}

test('a large repository keeps small ones waiting for its turn only, and goes on itself', async () => {
  await begin('large', 4);
  await begin('small', 1);
  await run(slow(20_000));
  assert.deepEqual(told, ['small COMPLETE', 'large COMPLETE']);
});

test('a layer that takes longer than a turn is moved all the same', async () => {
  await begin('large', 2);
  await run(slow(hourMs / 2));
  assert.deepEqual(told, ['large COMPLETE']);
});

test('what is left by one is given back while another one is still on its way', async () => {
  await begin('small', 1);
  await run();
  await begin('large', 4);
  const before = house.repositoryKeys.slots.size;
  let least = before;
  const of = slow(hourMs);
  const repositoryKeys = of.repositoryKeys;
  const { write } = ground.blobs;
  ground.blobs.write = async (key) => {
    least = Math.min(least, repositoryKeys.slots.size);
    return write(key);
  };
  await run(of);
  assert.ok(least < before, 'the slot of the first is gone before the second has ended');
});

test('a fault that nobody foresaw is told at once, shown to who asks, and holds up nobody else', async () => {
  await begin('broken', 1);
  await begin('good', 1);
  const write: Ground['blobs']['write'] = (key) => {
    return told.length === 0 ? Promise.reject(new Error('EIO')) : ground.blobs.write(key);
  };
  const of = openHouse({ ...ground, blobs: { ...ground.blobs, write } });
  await run(of);
  assert.deepEqual(told.slice(0, 1), ['broken Error: EIO']);
  assert.equal(told.at(-1), 'good COMPLETE');
  const move = await house.moves.reencryptions.find(await house.repositories.get(home, 'broken'));
  assert.equal(move?.status, 'PAUSED');
  assert.match(move?.reason ?? '', /^Something that nobody foresaw stands in its way/);
  ground.clock.advance(1000);
  await run(of);
  assert.equal(told.at(-1), 'broken COMPLETE');
});
