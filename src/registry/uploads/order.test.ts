// The order that a power cut relies on: bytes are durable before a row names them, and no row names them when they go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobStore, BlobWriter } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import { collect } from '../collection/collect.ts';
import type { LayerTables } from '../layers/tables.ts';
import { home } from '../testing/test-images.ts';
import { bodyOf, digestOf, type Ground, hourMs, mib, newGround, openHouse, put } from '../testing/test-layers.ts';
import type { UploadTables } from './tables.ts';

/** A ground that looks at the rows after each transaction and before each removal. */
function watched(ground: Ground): Ground & { readonly counts: { transactions: number; removals: number } } {
  const { blobs, database } = ground;
  const durable = new Set<string>();
  const counts = { transactions: 0, removals: 0 };
  const named = async (): Promise<readonly string[]> => {
    const tables = database.tables<LayerTables & UploadTables>();
    const parts = await tables.selectFrom('blob_part').select('blob_key').execute();
    const uploaded = await tables.selectFrom('upload_part').select('blob_key').execute();
    return [...parts, ...uploaded].map((row) => row.blob_key);
  };
  const writerOf = (key: string, writer: BlobWriter): BlobWriter => ({
    append: (bytes) => writer.append(bytes),
    abort: () => writer.abort(),
    async commit() {
      const sizeBytes = await writer.commit();
      durable.add(key);
      return sizeBytes;
    },
  });
  const watchedBlobs: BlobStore = {
    ...blobs,
    write: async (key) => writerOf(key, await blobs.write(key)),
    async remove(key) {
      counts.removals += 1;
      assert.ok(!(await named()).includes(key), `${key} is removed while a row names it`);
      await blobs.remove(key);
    },
  };
  const transact: Database['transact'] = async (work) => {
    const result = await database.transact(work);
    counts.transactions += 1;
    for (const key of await named()) assert.ok(durable.has(key), `a row names ${key}, which was not committed yet`);
    return result;
  };
  return { ...ground, blobs: watchedBlobs, database: { ...database, transact }, counts };
}

test('whole layers, parts, compaction, cancelled uploads and collection keep the order', async () => {
  const ground = watched(await newGround());
  const house = openHouse(ground);
  const { uploads, layers, clock } = house;
  const repository = await house.repositories.create(home, { name: 'app' });
  const loose = await put(house, repository, 'a whole layer');
  // The same bytes once more: the second object is named by nothing and goes.
  await put(house, repository, 'a whole layer');

  const { id } = await uploads.start(repository, { algorithm: 'sha256' });
  const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(1000, index));
  for (const piece of pieces) await uploads.append(repository, id, { body: bodyOf(piece), lengthBytes: piece.length });
  const digest = digestOf(Buffer.concat(pieces));
  await uploads.complete(repository, id, { digest, rules: 'oci' });
  assert.equal((await layers.find(repository, digest))?.sizeBytes, 40_000);

  const { id: cancelled } = await uploads.start(repository, { algorithm: 'sha256' });
  await uploads.append(repository, cancelled, { body: bodyOf(Buffer.alloc(mib)), lengthBytes: mib });
  await uploads.cancel(repository, cancelled);

  await layers.remove(repository, loose);
  for (let pass = 0; pass < 3; pass += 1) {
    clock.advance(3 * hourMs);
    await collect({ ...house.collection, ...ground });
  }
  const { transactions, removals } = ground.counts;
  assert.ok(transactions > 45 && removals > 42, JSON.stringify(ground.counts));
});
