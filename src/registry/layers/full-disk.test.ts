// When the database takes no writes, images can still be pulled, and nothing is promised that nothing holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '#core/errors.ts';
import type { Database } from '#stores/sql/database.ts';
import { imageManifest, pushOf, refuses } from '../testing/test-images.ts';
import { digestOf, hourMs, newHouse, openHouse, put } from '../testing/test-layers.ts';

function full(database: Database): Database {
  const transact = () => Promise.reject(new DomainError('storage-unavailable', 'The disk is full.', {}));
  return { ...database, transact };
}

test('a layer of an image is told of though its grace cannot be renewed, a loose one is not', async () => {
  const house = await newHouse();
  const { repository, images, clock, database } = house;
  const held = await put(house, repository, 'held');
  const loose = await put(house, repository, 'loose');
  await images.push(repository, pushOf(imageManifest({ digest: held, size: 4 }, [])));
  const { layers } = openHouse({ ...house, database: full(database) });
  for (const digest of [held, loose]) assert.equal((await layers.find(repository, digest))?.digest, digest);
  clock.advance(hourMs);
  assert.equal((await layers.find(repository, held))?.sizeBytes, 4);
  await refuses(layers.find(repository, loose), 'storage-unavailable');
  assert.equal(await layers.find(repository, digestOf('missing')), undefined);
  // Once there is room, both are renewed as ever.
  for (const digest of [held, loose]) assert.ok(await house.layers.find(repository, digest));
});
