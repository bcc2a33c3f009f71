// Layers: who sees which, the grace that a telling renews, mounting, removal, and what another process does.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nextTurn } from '#std/next-turn.ts';
import { collect } from '../collection/collect.ts';
import type { Repository } from '../registry.ts';
import { home, imageManifest, pushOf, refuses, registryRef } from '../testing/test-images.ts';
import {
  bodyOf,
  digestOf,
  type House,
  hourMs,
  newGround,
  newHouse,
  openHouse,
  put,
  readAll,
} from '../testing/test-layers.ts';
import { touchIntervalMs } from './cached-layers.ts';
import { findLayers, type LayerTables } from './tables.ts';

async function touchedAtMs({ database }: House, repository: Repository): Promise<number | undefined> {
  const query = database.tables<LayerTables>().selectFrom('layer').select('touched_at_ms');
  return (await query.where('repository_id', '=', repository.id).executeTakeFirst())?.touched_at_ms;
}

/** How many transactions a piece of code makes. */
async function transactionsOf(house: House, work: () => Promise<unknown>): Promise<number> {
  const { transact } = house.database;
  let count = 0;
  house.database.transact = (run) => {
    count += 1;
    return transact(run);
  };
  await work();
  house.database.transact = transact;
  return count;
}

test('a layer is seen in its repository only, whole and in ranges', async () => {
  const house = await newHouse();
  const { layers, repository } = house;
  const other = await house.repositories.create(home, { name: 'other' });
  const digest = await put(house, repository, 'layer bytes');
  assert.deepEqual(await layers.find(repository, digest), { digest, sizeBytes: 11 });
  assert.equal(await layers.find(other, digest), undefined);
  assert.equal((await readAll(layers.read(repository, digest))).toString(), 'layer bytes');
  assert.equal((await readAll(layers.read(repository, digest, { first: 6, last: 8 }))).toString(), 'byt');
  const where = `the repository with name 'other' in the registry with id '${home.accountId}'`;
  const message = `The layer with digest ${digest} does not exist within ${where}`;
  await refuses(readAll(layers.read(other, digest)), 'layer-not-found', message);
});

test('a known layer is answered at once and without the database', async () => {
  const house = await newHouse();
  const { layers, repository } = house;
  const digest = await put(house, repository, 'layer');
  await layers.find(repository, digest);
  const answer = layers.find(repository, digest);
  assert.ok(!(answer instanceof Promise) && answer?.digest === digest);
});

test('telling of a layer renews its grace, at most once an interval however many ask', async () => {
  const house = await newHouse();
  const { layers, repository, clock } = house;
  const start = clock.nowMs();
  const digest = await put(house, repository, 'layer');
  const find = () => Promise.resolve(layers.find(repository, digest));
  clock.advance(touchIntervalMs(hourMs) - 1);
  assert.equal(await transactionsOf(house, () => Promise.all([find(), find()])), 0);
  assert.equal(await touchedAtMs(house, repository), start);
  clock.advance(1);
  assert.equal(await transactionsOf(house, () => Promise.all([find(), find(), find()])), 1);
  assert.equal(await touchedAtMs(house, repository), clock.nowMs());
  assert.equal(await transactionsOf(house, find), 0);
});

test('what a client was told of stays for the whole grace after it', async () => {
  const house = await newHouse();
  const { layers, repository, clock } = house;
  const digest = await put(house, repository, 'layer');
  clock.advance(touchIntervalMs(hourMs) - 1);
  assert.ok(await layers.find(repository, digest));
  clock.advance(hourMs);
  assert.equal((await collect(house.collection)).layers, 0);
  const image = imageManifest({ digest, size: 5 }, []);
  await house.images.push(repository, pushOf(image));
});

test('a layer that was collected is not told of, even where it was known', async () => {
  const house = await newHouse();
  const digest = await put(house, house.repository, 'layer');
  const beside = openHouse(house);
  assert.ok(await beside.layers.find(house.repository, digest));
  house.clock.advance(3 * hourMs);
  // Its cache is not told, as when the notice of another process has not arrived yet: the renewal finds out.
  assert.equal((await collect(house.collection)).layers, 1);
  assert.equal(await beside.layers.find(house.repository, digest), undefined);
  assert.equal(await beside.layers.find(house.repository, digest), undefined);
});

test('mounting makes it a layer of the target, from a source that has it in the same key domain', async () => {
  const house = await newHouse();
  const { layers, repository, clock } = house;
  const target = await house.repositories.create(home, { name: 'target' });
  const digest = await put(house, repository, 'layer');
  assert.equal(await layers.find(target, digest), undefined);
  assert.equal(await layers.mount(target, repository, digestOf('another')), false);
  assert.equal(await layers.mount({ ...target, keyDomain: 'other' as never }, repository, digest), false);
  clock.advance(2 * hourMs);
  assert.equal(await layers.mount(target, repository, digest), true);
  assert.equal((await layers.find(target, digest))?.sizeBytes, 5);
  assert.equal(await touchedAtMs(house, target), clock.nowMs());
  await layers.remove(repository, digest);
  assert.equal((await readAll(layers.read(target, digest))).toString(), 'layer');
  await house.repositories.remove(home, 'target', { force: true });
  assert.equal(await layers.mount(target, repository, digest), false);
});

test('holders are the repositories of the same registry and key domain that have it', async () => {
  const house = await newHouse();
  const { layers, repository, repositories } = house;
  const digest = await put(house, repository, 'layer');
  await put(house, await repositories.create(home, { name: 'also' }), 'layer');
  await put(house, await repositories.create(home, { name: 'without' }), 'something else');
  await put(house, await repositories.create(registryRef('210987654321'), { name: 'foreign' }), 'layer');
  const target = await repositories.create(home, { name: 'target' });
  assert.deepEqual(await layers.holders(target, digest, { limit: 9 }), { items: ['also', 'app'] });
  assert.deepEqual(await layers.holders(target, digest, { limit: 1 }), { items: ['also'], next: 'also' });
  assert.deepEqual(await layers.holders(target, digest, { limit: 1, after: 'also' }), { items: ['app'] });
  const other = { ...target, keyDomain: 'other' as never };
  assert.deepEqual(await layers.holders(other, digest, { limit: 9 }), { items: [] });
});

test('a layer of an image cannot be removed; one of no image is gone at once', async () => {
  const house = await newHouse();
  const { layers, repository, images } = house;
  const digest = await put(house, repository, 'layer');
  const image = imageManifest({ digest, size: 5 }, []);
  assert.equal(await layers.isReferenced(repository, digest), false);
  await images.push(repository, pushOf(image));
  assert.equal(await layers.isReferenced(repository, digest), true);
  await refuses(layers.remove(repository, digest), 'image-referenced');
  await images.removeImage(repository, image.digest, 'refuse');
  await layers.find(repository, digest);
  await layers.remove(repository, digest);
  assert.equal(await layers.find(repository, digest), undefined);
  await refuses(layers.remove(repository, digest), 'layer-not-found');
});

test('a push checks many digests at once', async () => {
  const house = await newHouse();
  const digest = await put(house, house.repository, 'layer');
  const asked = Array.from({ length: 4095 }, (_, index) => digestOf(`${index}`));
  const tables = house.database.tables<LayerTables>();
  const found = await findLayers(tables, house.repository.id, [...asked, digest]);
  assert.deepEqual([...found], [[digest, { sizeBytes: 5 }]]);
});

test('what another process removes is not answered from memory', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-layers-'));
  context.after(() => rm(folder, { recursive: true }));
  const ground = await newGround(join(folder, 'db'));
  const other = await newGround(join(folder, 'db'));
  const [one, two] = [openHouse(ground), openHouse({ ...ground, database: other.database })];
  const repository = await one.repositories.create(home, { name: 'app' });
  const digest = digestOf('layer');
  const upload = await one.uploads.start(repository);
  await one.uploads.append(repository, upload.id, { body: bodyOf('la') });
  await two.uploads.append(repository, upload.id, { body: bodyOf('yer') });
  await one.uploads.complete(repository, upload.id, { digest, rules: 'oci' });
  assert.ok(await one.layers.find(repository, digest));
  await two.layers.remove(repository, digest);
  await nextTurn();
  assert.equal(await one.layers.find(repository, digest), undefined);
  await ground.database.close();
  await other.database.close();
});
