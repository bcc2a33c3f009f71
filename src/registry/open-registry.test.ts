// The registry as a whole: a layer goes up, an image is pushed over it, and both come back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { memoryBlobStore } from '#stores/blobs/memory/memory-store.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { type OpenRegistry, openRegistry, registryMigrations } from './open-registry.ts';
import type { Repository } from './registry.ts';
import { home, imageManifest, type Layer, pushOf, refuses, sha256 } from './testing/test-images.ts';
import { testKeyRing } from './testing/test-key-ring.ts';
import { testRepositoryKeys } from './testing/test-repository-keys.ts';

const hourMs = 3_600_000;

async function setUp() {
  const clock = manualClock(1_800_000_000_000);
  const database = await openSqlite({ file: ':memory:', migrations: registryMigrations });
  const settings = { uploadIdleMs: 24 * hourMs, collectionGraceMs: hourMs, collectionIntervalMs: hourMs };
  const stores = {
    database,
    blobs: memoryBlobStore(clock),
    keyRing: testKeyRing(),
    repositoryKeys: testRepositoryKeys(),
  };
  const open = openRegistry({ ...stores, clock, random: systemRandom, settings });
  return { clock, database, open };
}

async function upload({ registry }: OpenRegistry, repository: Repository, text: string): Promise<Layer> {
  const digest = sha256(text);
  const body = (async function* () {
    yield Buffer.from(text);
  })();
  const { sizeBytes } = await registry.uploads.whole(repository, digest, { body });
  return { digest, size: sizeBytes };
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

async function runJobs({ jobs }: OpenRegistry): Promise<void> {
  for (const job of jobs) await job.run(new AbortController().signal);
}

test('a pushed image and its layers come back, and its layers outlive collection while it is there', async () => {
  const { clock, database, open } = await setUp();
  const { repositories, images, layers } = open.registry;
  const repository = await repositories.create(home, { name: 'app' });
  const config = await upload(open, repository, '{}');
  const layer = await upload(open, repository, 'layer bytes');
  const image = imageManifest(config, [layer]);
  await images.push(repository, pushOf(image, 'v1'));
  assert.equal(await layers.isReferenced(repository, layer.digest), true);
  clock.advance(3 * hourMs);
  await runJobs(open);
  assert.deepEqual((await images.get(repository, { tag: 'v1' })).bytes, image.bytes);
  assert.equal(await bytesOf(layers.read(repository, layer.digest)), 'layer bytes');
  await images.removeImage(repository, image.digest, 'refuse');
  assert.equal(await layers.isReferenced(repository, layer.digest), false);
  clock.advance(3 * hourMs);
  await runJobs(open);
  assert.equal(await layers.find(repository, layer.digest), undefined);
  await refuses(images.push(repository, pushOf(image, 'v1')), 'layers-missing');
  await open.close();
  await database.close();
});

test('closing writes the pull times that are still in memory', async () => {
  const { clock, database, open } = await setUp();
  const { repositories, images } = open.registry;
  const repository = await repositories.create(home, { name: 'app' });
  const image = imageManifest(await upload(open, repository, '{}'), []);
  await images.push(repository, pushOf(image));
  images.notePull(repository, image.digest);
  await open.close();
  clock.advance(1);
  assert.equal((await images.describe(repository, image)).lastPulledAtMs, 1_800_000_000_000);
  await database.close();
});
