// For tests of layers, uploads and collection: the folders over SQLite and a blob store in memory, open to look into.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Clock, manualClock } from '#core/clock.ts';
import { type Digest, type DigestAlgorithm, digestFromHex } from '#core/digest.ts';
import { systemRandom } from '#core/random.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import { memoryBlobStore } from '#stores/blobs/memory/memory-store.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import type { CollectionOptions } from '../collection/steps.ts';
import { openImages } from '../images/open-images.ts';
import { openLayers } from '../layers/open-layers.ts';
import { findLayers } from '../layers/tables.ts';
import { registryMigrations } from '../open-registry.ts';
import { openReencryptions } from '../reencryption/open-reencryptions.ts';
import type { Repository } from '../registry.ts';
import { openRepositories } from '../repositories/open-repositories.ts';
import { openUploads } from '../uploads/open-uploads.ts';
import { home } from './test-images.ts';
import { testKeyRing } from './test-key-ring.ts';
import { type TestRepositoryKeys, testRepositoryKeys } from './test-repository-keys.ts';

export const hourMs = 3_600_000;
export const mib = 1024 * 1024;

/** What outlives a restart. */
export interface Ground {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock & { advance(ms: number): void };
  readonly repositoryKeys: TestRepositoryKeys;
}

export type House = ReturnType<typeof openHouse>;

export async function newGround(file = ':memory:'): Promise<Ground> {
  const clock = manualClock(1_800_000_000_000);
  const database = await openSqlite({ file, migrations: registryMigrations });
  return { database, blobs: memoryBlobStore(clock), clock, repositoryKeys: testRepositoryKeys() };
}

/** A process over the ground; a second one is a restart, or another process when it has a database of its own. */
export function openHouse(ground: Ground, keyRing = testKeyRing()) {
  const settings = { uploadIdleMs: 24 * hourMs, collectionGraceMs: hourMs, intervalMs: hourMs };
  const options = { ...ground, keyRing, settings, random: systemRandom };
  const layers = openLayers(options);
  const collection: CollectionOptions = { ...ground, layers, settings };
  const { images, forgetManifest } = openImages({
    ...options,
    findLayers: (transaction, id, digests) =>
      // The same transaction, as the folder that owns the tables of layers sees it.
      findLayers(transaction as unknown as Parameters<typeof findLayers>[0], id, digests),
  });
  const { repositories, forget: forgetRepository } = openRepositories(options);
  const moves = openReencryptions({ ...options, layers, forgetManifest, forgetRepository });
  return { ...ground, repositories, images, layers, collection, moves, uploads: openUploads({ ...options, layers }) };
}

/** Uploads as a restarted process has them: with nothing in memory. Opens no more than that, for it is done often. */
export function reopenUploads(ground: Ground, layers: House['layers']): House['uploads'] {
  return openUploads({ ...ground, layers, random: systemRandom });
}

export async function newHouse(): Promise<House & { readonly repository: Repository }> {
  const house = openHouse(await newGround());
  return { ...house, repository: await house.repositories.create(home, { name: 'app' }) };
}

export function digestOf(bytes: string | Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return digestFromHex(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

/** A body that arrives in the given pieces; an Error among them breaks it off. */
export async function* bodyOf(
  ...pieces: ReadonlyArray<string | Uint8Array | Error>
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield Buffer.from(piece);
  }
}

/** A body whose sender waits: what it yields and when it ends is up to the test. */
export function heldBody() {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  async function* body(first: string, last: string): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from(first);
    begun.resolve();
    await gate.promise;
    yield Buffer.from(last);
  }
  return { body, begun: begun.promise, release: () => gate.resolve() };
}

export async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes));
}

export async function put({ uploads }: House, repository: Repository, bytes: string | Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  const layer = await uploads.whole(repository, digest, { body: bodyOf(bytes) });
  assert.equal(layer.digest, digest);
  return digest;
}

export async function objectKeys(blobs: BlobStore, prefix = ''): Promise<readonly string[]> {
  return (await Array.fromAsync(blobs.list(prefix))).map((stat) => stat.key).toSorted();
}
