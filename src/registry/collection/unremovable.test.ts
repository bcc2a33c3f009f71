// An object that the disk does not give up is reported, and stands in nobody's way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import { insertGarbage, type LayerTables } from '../layers/tables.ts';
import { hourMs, newHouse, objectKeys, put } from '../testing/test-layers.ts';
import { collect } from './collect.ts';
import { stepRowsMax } from './steps.ts';

test('the others are removed all the same, and it is tried again', async () => {
  const house = await newHouse();
  const { repository, clock, blobs } = house;
  for (let index = 0; index < 5; index += 1) await put(house, repository, `layer ${index}`);
  clock.advance(3 * hourMs);
  await collect(house.collection);
  const [stuck] = await objectKeys(blobs);
  const failing: BlobStore = {
    ...blobs,
    remove: (key) => (key === stuck ? Promise.reject(new Error('the disk failed')) : blobs.remove(key)),
  };
  clock.advance(hourMs);
  await assert.rejects(collect({ ...house.collection, blobs: failing }), /the disk failed/);
  assert.deepEqual(await objectKeys(blobs), [stuck]);
  assert.equal((await collect(house.collection)).garbage, 1);
  assert.deepEqual(await objectKeys(blobs), []);
});

test('more of them than one step handles do not hide what comes after', async () => {
  const house = await newHouse();
  const { database, clock } = house;
  const keys = Array.from({ length: stepRowsMax + 50 }, (_, index) => `domain/00/${String(index).padStart(4, '0')}`);
  await database.transact<LayerTables, void>((transaction) => insertGarbage(transaction, keys, clock.nowMs()));
  clock.advance(hourMs);
  const tried: string[] = [];
  const failing: BlobStore = {
    ...house.blobs,
    async remove(key) {
      tried.push(key);
      if (tried.length <= stepRowsMax) throw new Error('the disk failed');
    },
  };
  await assert.rejects(collect({ ...house.collection, blobs: failing }), /the disk failed/);
  assert.deepEqual(tried, keys);
  assert.equal((await collect(house.collection)).garbage, stepRowsMax);
});
