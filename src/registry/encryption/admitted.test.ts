// A repository whose key cannot be used: nothing of it is read or written, and everything else of it goes on.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { DomainError } from '#core/errors.ts';
import type { RepositoryUse } from '#core/ports/repository-keys.ts';
import type { Repository } from '../registry.ts';
import { home, imageManifest, pushOf, refuses } from '../testing/test-images.ts';
import { bodyOf, digestOf, type House, mib, newGround, openHouse, put } from '../testing/test-layers.ts';

const usable: readonly RepositoryUse[] = ['read', 'write'];
const text = 'a layer';
const digest = digestOf(text);
let house: House;
let repository: Repository;
let image: ReturnType<typeof imageManifest>;
beforeEach(async () => {
  house = openHouse(await newGround());
  house.repositoryKeys.usable.set('one', usable).set('two', usable);
  repository = await create('app');
  await put(house, repository, text);
  image = imageManifest({ digest, size: text.length }, [{ digest, size: text.length }]);
  await house.images.push(repository, pushOf(image, 'v1'));
});
afterEach(() => house.database.close());

function create(name: string, kmsKey = 'one', type: 'KMS' | 'KMS_DSSE' = 'KMS'): Promise<Repository> {
  return house.repositories.create(home, { name, encryption: { type, kmsKey } });
}

async function read(): Promise<string> {
  const pieces = await Array.fromAsync(house.layers.read(repository, digest));
  return Buffer.concat(pieces).toString();
}

/** Everything that reads or writes what the key guards. */
function guarded(uploadId: string): Readonly<Record<RepositoryUse, ReadonlyArray<() => unknown>>> {
  const { images, layers, uploads } = house;
  const byDigest = { digest: image.digest };
  return {
    read: [
      () => images.get(repository, { tag: 'v1' }),
      () => images.get(repository, byDigest),
      () => images.referrers(repository, image.digest, {}, { limit: 10 }),
      () => read(),
      () => layers.mount(repository, repository, digest),
    ],
    write: [
      () => images.push(repository, pushOf(image, 'v2')),
      () => layers.mount(repository, repository, digest),
      () => uploads.start(repository),
      () => uploads.append(repository, uploadId, { body: bodyOf('more') }),
      () => uploads.complete(repository, uploadId, { digest, rules: 'oci' }),
      () => uploads.whole(repository, digest, { body: bodyOf(text) }),
    ],
  };
}

test('a key that is switched off ends every read and write, also of what memory holds', async () => {
  const { id } = await house.uploads.start(repository);
  await house.images.get(repository, { tag: 'v1' });
  house.repositoryKeys.usable.set('one', []);
  const uses = guarded(id);
  for (const use of [...uses.read, ...uses.write]) await refuses(run(use), 'kms-unavailable');
  house.repositoryKeys.usable.set('one', ['read']);
  for (const use of uses.write) await refuses(run(use), 'kms-unavailable');
  assert.equal(await read(), text);
  house.repositoryKeys.usable.set('one', usable);
  for (const use of uses.read) await use();
  assert.equal((await house.uploads.append(repository, id, { body: bodyOf(text) })).receivedBytes, text.length);
  await house.uploads.complete(repository, id, { digest, rules: 'oci' });
});

test('what says nothing of the bytes works without the key: descriptions, policies, deletes', async () => {
  const { images, layers, uploads, repositories } = house;
  const { id } = await uploads.start(repository);
  const policy = '{"Version":"2012-10-17","Statement":[]}';
  house.repositoryKeys.usable.set('one', []);
  await repositories.setPolicy(home, 'app', policy);
  assert.equal(await repositories.policy(home, 'app'), policy);
  assert.deepEqual((await images.describe(repository, { tag: 'v1' })).tags, ['v1']);
  assert.equal((await layers.find(repository, digest))?.sizeBytes, text.length);
  assert.equal((await uploads.status(repository, id)).receivedBytes, 0);
  await uploads.cancel(repository, id);
  await images.removeImage(repository, image.digest, 'refuse');
  await layers.remove(repository, digest);
  await repositories.remove(home, 'app', { force: true });
  assert.deepEqual([...house.repositoryKeys.slots], []);
});

test('a key that is switched off while a layer is read ends the reading at the next piece', async () => {
  const bytes = Buffer.alloc(3 * mib, 7).toString('latin1');
  await put(house, repository, bytes);
  const pieces = house.layers.read(repository, digestOf(bytes))[Symbol.asyncIterator]();
  const first = await pieces.next();
  assert.ok(first.done !== true && first.value.length <= mib);
  house.repositoryKeys.usable.set('one', []);
  await assert.rejects(
    async () => pieces.next(),
    (error: unknown) => error instanceof DomainError && error.kind === 'kms-unavailable',
  );
  assert.equal((await pieces.next()).done, true);
});

test('a create that fails gives the key back', async () => {
  const before = house.repositoryKeys.slots.size;
  await refuses(create('app'), 'repository-already-exists');
  await refuses(create('other', 'none'), 'kms-unavailable');
  const made = await Promise.allSettled(Array.from({ length: 5 }, () => create('twin')));
  assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal(house.repositoryKeys.slots.size, before + 1);
});

test('a layer is mounted and stored once under the same key, and never across keys', async () => {
  const [same, other] = [await create('same'), await create('other', 'two')];
  const own = await house.repositories.create(home, { name: 'own' });
  assert.equal(await house.layers.mount(same, repository, digest), true);
  for (const target of [other, own]) {
    assert.equal(await house.layers.mount(target, repository, digest), false);
    assert.equal(await house.layers.find(target, digest), undefined);
    await put(house, target, text);
  }
  const domains = (await Array.fromAsync(house.blobs.list(''))).map(({ key }) => key.split('/')[0] ?? '');
  assert.deepEqual(domains.toSorted(), [repository.keyDomain, other.keyDomain, own.keyDomain].toSorted());
});

/** As a promise, whether it is refused at once or later. */
async function run(use: () => unknown): Promise<unknown> {
  return use();
}
