// An account's repositories go in small steps, whatever the region, and its bytes with the next collection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inSteps } from '#jobs/steps.ts';
import { collect } from '../collection/collect.ts';
import { home, imageManifest, pushOf, registryRef } from '../testing/test-images.ts';
import { hourMs, newGround, objectKeys, openHouse, put } from '../testing/test-layers.ts';
import { removeRegistryContent } from './remove-content.ts';

test('repositories of one account go in small steps, those of others stay', async (context) => {
  const house = openHouse(await newGround());
  context.after(() => house.database.close());
  const gone = registryRef('444455556666');
  const many = await house.repositories.create(gone, { name: 'many' });
  await house.repositories.create(registryRef('444455556666', 'eu-west-1'), { name: 'empty' });
  const kept = await house.repositories.create(home, { name: 'many' });
  for (const [repository, count] of [
    [many, 150],
    [kept, 1],
  ] as const) {
    const layer = { digest: await put(house, repository, 'layer'), size: 5 };
    for (let index = 0; index < count; index += 1) {
      const image = imageManifest(layer, [layer], { annotations: { index: String(index) } });
      await house.images.push(repository, pushOf(image, `tag${index}`));
    }
  }
  const { accountId } = gone;
  const first = await removeRegistryContent(house.database, accountId);
  assert.deepEqual(first, { removed: 100, isMore: true });
  assert.equal((await house.repositories.list(gone, { limit: 10 })).items.length, 1);
  const removed = await inSteps(() => removeRegistryContent(house.database, accountId), undefined);
  assert.equal(removed, 50 + 1 + 1 + 1, 'images, the layer, two repositories');
  assert.deepEqual(await removeRegistryContent(house.database, accountId), { removed: 0, isMore: false });
  assert.deepEqual((await house.repositories.list(gone, { limit: 10 })).items, []);
  const before = await objectKeys(house.blobs);
  house.clock.advance(3 * hourMs);
  await collect(house.collection);
  house.clock.advance(3 * hourMs);
  await collect(house.collection);
  const after = await objectKeys(house.blobs);
  assert.deepEqual([before.length, after.length], [2, 1], 'the bytes of the account are gone, those of home stay');
  assert.deepEqual((await house.images.tagNames(kept, { limit: 10 })).items, ['tag0']);
});
