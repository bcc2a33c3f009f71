// A push that stands still between its object and its row, while everything else goes on: refused, or whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import { collect } from '../collection/collect.ts';
import { home, refuses } from '../testing/test-images.ts';
import { bodyOf, digestOf, hourMs, newHouse, objectKeys, put, readAll, reopenUploads } from '../testing/test-layers.ts';

/** Does `work` once an object is committed and before anybody learns of it. */
function heldUp(blobs: BlobStore, work: () => Promise<unknown>): BlobStore {
  return {
    ...blobs,
    async write(key) {
      const writer = await blobs.write(key);
      const commit = async () => {
        const sizeBytes = await writer.commit();
        await work();
        return sizeBytes;
      };
      return { ...writer, commit };
    },
  };
}

test('an object that was given up and removed meanwhile never gets a row', async () => {
  const house = await newHouse();
  const { uploads, layers, repository, clock, blobs } = house;
  const { id } = await uploads.start(repository);
  // The first pass makes the object garbage, the second removes it and forgets that it did.
  const twoPasses = async () => {
    for (let pass = 0; pass < 2; pass += 1) {
      clock.advance(hourMs);
      await collect(house.collection);
    }
    assert.deepEqual(await objectKeys(blobs), []);
  };
  const held = reopenUploads({ ...house, blobs: heldUp(blobs, twoPasses) }, layers);
  const digest = digestOf('bytes');
  await refuses(held.whole(repository, digest, { body: bodyOf('bytes') }), 'storage-unavailable');
  await refuses(held.append(repository, id, { body: bodyOf('bytes') }), 'storage-unavailable');
  assert.equal(await layers.find(repository, digest), undefined);
  assert.equal((await uploads.status(repository, id)).receivedBytes, 0);
});

test('a compacted object that was removed meanwhile never gets a row, and the upload stays', async () => {
  const house = await newHouse();
  const { uploads, layers, repository, clock, blobs } = house;
  const { id } = await uploads.start(repository);
  for (const piece of ['a', 'b']) await uploads.append(repository, id, { body: bodyOf(piece) });
  const twoPasses = async () => {
    for (let pass = 0; pass < 2; pass += 1) {
      clock.advance(hourMs);
      await collect(house.collection);
    }
  };
  const completion = { digest: digestOf('ab'), rules: 'oci' } as const;
  const held = reopenUploads({ ...house, blobs: heldUp(blobs, twoPasses) }, layers);
  await refuses(held.complete(repository, id, completion), 'storage-unavailable');
  await uploads.complete(repository, id, completion);
  assert.equal((await readAll(layers.read(repository, completion.digest))).toString(), 'ab');
});

test('a push just within the grace is whole', async () => {
  const house = await newHouse();
  const { layers, repository, clock, blobs } = house;
  const held = heldUp(blobs, async () => {
    clock.advance(hourMs - 1);
    await collect(house.collection);
  });
  const digest = await put(
    { ...house, uploads: reopenUploads({ ...house, blobs: held }, layers) },
    repository,
    'bytes',
  );
  await collect(house.collection);
  assert.equal((await readAll(layers.read(repository, digest))).toString(), 'bytes');
});

test('a repository that is removed while a whole push arrives keeps none of its bytes', async () => {
  const house = await newHouse();
  const { layers, repository, repositories, blobs } = house;
  const held = heldUp(blobs, () => repositories.remove(home, 'app', { force: true }));
  const uploads = reopenUploads({ ...house, blobs: held }, layers);
  await refuses(uploads.whole(repository, digestOf('x'), { body: bodyOf('x') }), 'repository-not-found');
  assert.deepEqual(await objectKeys(blobs), []);
});

test('an upload that another process cancels while it is compacted leaves nothing', async () => {
  const house = await newHouse();
  const { uploads, layers, repository, blobs } = house;
  const { id } = await uploads.start(repository);
  for (const piece of ['a', 'b']) await uploads.append(repository, id, { body: bodyOf(piece) });
  const held = heldUp(blobs, () => uploads.cancel(repository, id));
  const other = reopenUploads({ ...house, blobs: held }, layers);
  await refuses(other.complete(repository, id, { digest: digestOf('ab'), rules: 'oci' }), 'upload-not-found');
  assert.deepEqual(await objectKeys(blobs), []);
});

test('an upload whose parts go away while they are read again is not found, and no fault of ours', async () => {
  const house = await newHouse();
  const { uploads, layers, repository, blobs } = house;
  const { id } = await uploads.start(repository);
  for (const piece of ['a', 'b']) await uploads.append(repository, id, { body: bodyOf(piece) });
  const cancelling: BlobStore = {
    ...blobs,
    async *read(...wanted) {
      await uploads.cancel(repository, id).catch(() => undefined);
      yield* blobs.read(...wanted);
    },
  };
  const other = reopenUploads({ ...house, blobs: cancelling }, layers);
  await refuses(other.complete(repository, id, { digest: digestOf('ab'), rules: 'oci' }), 'upload-not-found');
});

test('parts that are missing although the upload is there are a fault, not a wrong digest', async () => {
  const house = await newHouse();
  const { uploads, layers, repository, blobs } = house;
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf('a') });
  for (const key of await objectKeys(blobs)) await blobs.remove(key);
  const completion = { digest: digestOf('a', 'sha512'), rules: 'oci' } as const;
  await assert.rejects(reopenUploads(house, layers).complete(repository, id, completion), {
    name: 'BlobNotFoundError',
  });
  assert.equal((await uploads.status(repository, id)).receivedBytes, 1);
});
