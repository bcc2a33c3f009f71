// Collection: what goes, what stays, how long, and that it comes in small steps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '#stores/sql/database.ts';
import type { LayerTables } from '../layers/tables.ts';
import type { Repository } from '../registry.ts';
import { home, imageManifest, type Made, pushOf, refuses } from '../testing/test-images.ts';
import {
  bodyOf,
  digestOf,
  type House,
  hourMs,
  mib,
  newHouse,
  objectKeys,
  put,
  readAll,
  reopenUploads,
} from '../testing/test-layers.ts';
import { collect, collectionJobs } from './collect.ts';
import { type CollectionOptions, stepRowsMax } from './steps.ts';

const nothing = { uploads: 0, layers: 0, blobs: 0, garbage: 0, orphans: 0 };

async function pushImage(house: House, repository: Repository, bytes: string): Promise<Made> {
  const digest = await put(house, repository, bytes);
  const image = imageManifest({ digest, size: bytes.length }, []);
  await house.images.push(repository, pushOf(image));
  return image;
}

async function putObject({ blobs }: House, key: string): Promise<void> {
  const writer = await blobs.write(key);
  await writer.append(Buffer.from('object'));
  await writer.commit();
}

/** Collection whose transaction number `at` begins only after `first` was done: a client comes in between. */
function interrupted({ collection }: House, at: number, first: () => Promise<unknown>): CollectionOptions {
  let count = 0;
  const { database } = collection;
  const transact: Database['transact'] = async (work) => {
    count += 1;
    if (count === at) await first();
    return database.transact(work);
  };
  return { ...collection, database: { ...database, transact } };
}

test('an upload that nobody touched for a day goes with its parts, one that somebody touched stays', async () => {
  const house = await newHouse();
  const { uploads, repository, clock } = house;
  const idle = await uploads.start(repository);
  const alive = await uploads.start(repository);
  await uploads.append(repository, idle.id, { body: bodyOf('idle') });
  await uploads.append(repository, alive.id, { body: bodyOf('al') });
  clock.advance(24 * hourMs);
  assert.deepEqual(await collect(house.collection), nothing);
  await uploads.append(repository, alive.id, { body: bodyOf('ive') });
  clock.advance(1);
  assert.deepEqual(await collect(house.collection), { ...nothing, uploads: 1 });
  await refuses(uploads.status(repository, idle.id), 'upload-not-found');
  await uploads.complete(repository, alive.id, { digest: digestOf('alive'), rules: 'oci' });
});

test('an upload that somebody goes on with just before it expires stays', async () => {
  const house = await newHouse();
  const { uploads, repository, clock } = house;
  const { id } = await uploads.start(repository);
  clock.advance(24 * hourMs + 1);
  const goOn = () => uploads.append(repository, id, { body: bodyOf('bytes') });
  assert.deepEqual(await collect(interrupted(house, 1, goOn)), nothing);
  await uploads.complete(repository, id, { digest: digestOf('bytes'), rules: 'oci' });
});

test('a layer that is pushed again, or needed by an image, just before it is collected stays', async () => {
  const house = await newHouse();
  const { layers, images, repository, clock } = house;
  const digest = await put(house, repository, 'layer');
  clock.advance(3 * hourMs);
  assert.deepEqual(await collect(interrupted(house, 1, () => put(house, repository, 'layer'))), nothing);
  clock.advance(3 * hourMs);
  const push = () => images.push(repository, pushOf(imageManifest({ digest, size: 5 }, [])));
  assert.deepEqual(await collect(interrupted(house, 1, push)), nothing);
  assert.equal((await readAll(layers.read(repository, digest))).toString(), 'layer');
});

test('a blob that a repository has again just before it is freed stays', async () => {
  const house = await newHouse();
  const { layers, repository, clock } = house;
  const digest = await put(house, repository, 'layer');
  clock.advance(3 * hourMs);
  const again = () => put(house, repository, 'layer');
  assert.deepEqual(await collect(interrupted(house, 2, again)), { ...nothing, layers: 1 });
  clock.advance(hourMs);
  assert.deepEqual(await collect(house.collection), nothing);
  assert.equal((await readAll(layers.read(repository, digest))).toString(), 'layer');
});

test('a push that finds the layer there renews its grace', async () => {
  const house = await newHouse();
  const { repository, clock } = house;
  await put(house, repository, 'layer');
  clock.advance(3 * hourMs);
  await put(house, repository, 'layer');
  clock.advance(2 * hourMs);
  assert.deepEqual(await collect(house.collection), nothing);
});

test('a layer that was collected is not read any more', async () => {
  const house = await newHouse();
  const { layers, repository, clock } = house;
  const digest = await put(house, repository, 'layer');
  assert.ok(await layers.find(repository, digest));
  clock.advance(3 * hourMs);
  assert.equal((await collect(house.collection)).layers, 1);
  await refuses(readAll(layers.read(repository, digest)), 'layer-not-found');
});

test('a layer without an image goes after the grace, its object after another', async () => {
  const house = await newHouse();
  const { layers, repository, clock, blobs } = house;
  const digest = await put(house, repository, 'layer');
  clock.advance(2 * hourMs);
  assert.deepEqual(await collect(house.collection), nothing);
  clock.advance(1);
  assert.deepEqual(await collect(house.collection), { ...nothing, layers: 1, blobs: 1 });
  assert.equal(await layers.find(repository, digest), undefined);
  clock.advance(hourMs - 1);
  assert.deepEqual(await collect(house.collection), nothing);
  assert.equal((await objectKeys(blobs)).length, 1);
  clock.advance(1);
  assert.deepEqual(await collect(house.collection), { ...nothing, garbage: 1 });
  assert.deepEqual(await objectKeys(blobs), []);
});

test('a layer of an image stays however old it is, until the image goes', async () => {
  const house = await newHouse();
  const { layers, images, repository, clock } = house;
  const image = await pushImage(house, repository, 'layer');
  clock.advance(1000 * hourMs);
  assert.deepEqual(await collect(house.collection), nothing);
  assert.equal((await readAll(layers.read(repository, digestOf('layer')))).toString(), 'layer');
  await images.removeImage(repository, image.digest, 'refuse');
  // The reading above was no promise: nobody was told that it is there.
  assert.deepEqual(await collect(house.collection), { ...nothing, layers: 1, blobs: 1 });
});

test('a reader that began before goes on while the blob is garbage', async () => {
  const house = await newHouse();
  const { layers, uploads, repository, clock, blobs } = house;
  const [first, second] = [Buffer.alloc(mib, '1'), Buffer.alloc(mib, '2')];
  const digest = digestOf(Buffer.concat([first, second]));
  const { id } = await uploads.start(repository);
  for (const part of [first, second]) await uploads.append(repository, id, { body: bodyOf(part) });
  await uploads.complete(repository, id, { digest, rules: 'oci' });
  const reading = layers.read(repository, digest)[Symbol.asyncIterator]();
  assert.deepEqual((await reading.next()).value, first);
  await layers.remove(repository, digest);
  assert.deepEqual(await collect(house.collection), { ...nothing, blobs: 1 });
  clock.advance(hourMs - 1);
  assert.deepEqual(await collect(house.collection), nothing);
  assert.deepEqual((await reading.next()).value, second);
  clock.advance(1);
  assert.deepEqual(await collect(house.collection), { ...nothing, garbage: 2 });
  assert.deepEqual(await objectKeys(blobs), []);
});

test('a blob stays while any repository has it', async () => {
  const house = await newHouse();
  const { layers, repository, repositories, clock } = house;
  const other = await repositories.create(home, { name: 'other' });
  await pushImage(house, repository, 'shared');
  await put(house, other, 'shared');
  clock.advance(3 * hourMs);
  assert.deepEqual(await collect(house.collection), { ...nothing, layers: 1 });
  assert.equal(await layers.find(other, digestOf('shared')), undefined);
  assert.equal((await readAll(layers.read(repository, digestOf('shared')))).toString(), 'shared');
});

test('a repository removed by force leaves nothing behind', async () => {
  const house = await newHouse();
  const { uploads, repository, repositories, clock, blobs } = house;
  await pushImage(house, repository, 'layer');
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf('part') });
  await repositories.remove(home, 'app', { force: true });
  clock.advance(hourMs);
  assert.deepEqual(await collect(house.collection), { ...nothing, blobs: 1, orphans: 1 });
  clock.advance(hourMs);
  assert.deepEqual(await collect(house.collection), { ...nothing, garbage: 2 });
  assert.deepEqual(await objectKeys(blobs), []);
});

test('objects that a crash left go after the grace, those of other folders never', async () => {
  const house = await newHouse();
  const { repository, clock, blobs } = house;
  const domain = repository.keyDomain;
  const hex = '0123456789abcdef0123456789abcdef';
  await putObject(house, `${domain}/01/${hex}`);
  const others = [`${domain}/reports/${hex}`, `${domain}/01/${hex}.json`, `scan/${domain}/01/${hex}`];
  for (const key of others) await putObject(house, key);
  clock.advance(hourMs - 1);
  assert.deepEqual(await collect(house.collection), nothing);
  clock.advance(1);
  assert.deepEqual(await collect(house.collection), { ...nothing, orphans: 1 });
  clock.advance(hourMs);
  assert.deepEqual(await collect(house.collection), { ...nothing, garbage: 1 });
  assert.deepEqual(await objectKeys(blobs), others.toSorted());
});

test('bytes that were given up before they got their row are refused, and never seen', async () => {
  const house = await newHouse();
  const { uploads, layers, repository, clock, blobs } = house;
  const { id } = await uploads.start(repository);
  // A machine that sleeps after the bytes and before their row, and collects as it wakes.
  const asleep: typeof blobs = {
    ...blobs,
    async write(key) {
      const writer = await blobs.write(key);
      const commit = async () => {
        const sizeBytes = await writer.commit();
        clock.advance(2 * hourMs);
        assert.equal((await collect(house.collection)).orphans, 1);
        return sizeBytes;
      };
      return { ...writer, commit };
    },
  };
  const sleeping = reopenUploads({ ...house, blobs: asleep }, layers);
  const digest = digestOf('bytes');
  await refuses(sleeping.whole(repository, digest, { body: bodyOf('bytes') }), 'storage-unavailable');
  await refuses(sleeping.append(repository, id, { body: bodyOf('bytes') }), 'storage-unavailable');
  assert.equal(await layers.find(repository, digest), undefined);
  await uploads.append(repository, id, { firstByte: 0, body: bodyOf('bytes') });
  await uploads.complete(repository, id, { digest, rules: 'oci' });
  clock.advance(hourMs);
  await collect(house.collection);
  assert.equal((await objectKeys(blobs)).length, 1);
  assert.equal((await readAll(layers.read(repository, digest))).toString(), 'bytes');
});

test('more than one step handles is collected too, and what is needed between it stays', async () => {
  const house = await newHouse();
  const { repository, database, clock, layers } = house;
  const count = 2 * stepRowsMax + 1;
  const kept = await pushImage(house, repository, 'needed');
  await database.transact<LayerTables, void>(async (transaction) => {
    for (let index = 0; index < count; index += 1) {
      const [blob_id, digest] = [`blob-${index}`, digestOf(`${index}`)];
      const blob = { blob_id, key_domain: repository.keyDomain, digest, size_bytes: 1, created_at_ms: 0 };
      await transaction.insertInto('blob').values(blob).execute();
      const part = { blob_id, ordinal: 0, blob_key: `${repository.keyDomain}/00/${index}`, size_bytes: 1 };
      await transaction.insertInto('blob_part').values(part).execute();
      const layer = { repository_id: repository.id, digest, blob_id, touched_at_ms: 0 };
      await transaction.insertInto('layer').values(layer).execute();
    }
  });
  clock.advance(3 * hourMs);
  assert.deepEqual(await collect(house.collection), { ...nothing, layers: count, blobs: count });
  clock.advance(3 * hourMs);
  assert.deepEqual(await collect(house.collection), { ...nothing, garbage: count });
  assert.ok(kept && (await layers.find(repository, digestOf('needed'))));
});

test('the jobs do the same, and an aborted run stops', async () => {
  const house = await newHouse();
  const { repository, clock, blobs } = house;
  await put(house, repository, 'layer');
  await putObject(house, `${repository.keyDomain}/01/0123456789abcdef0123456789abcdef`);
  const jobs = collectionJobs(house.collection);
  const run = async (signal: AbortSignal) => {
    for (const job of jobs) await job.run(signal);
  };
  clock.advance(3 * hourMs);
  await run(AbortSignal.abort());
  assert.equal((await objectKeys(blobs)).length, 2);
  await run(new AbortController().signal);
  clock.advance(3 * hourMs);
  await run(new AbortController().signal);
  assert.deepEqual(await objectKeys(blobs), []);
});
