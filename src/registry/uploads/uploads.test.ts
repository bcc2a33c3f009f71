// Uploads: parts in order, digests, broken bodies, limits, and what is left when something fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '#core/digest.ts';
import { DomainError, isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Repository } from '../registry.ts';
import { home, refuses } from '../testing/test-images.ts';
import {
  bodyOf,
  digestOf,
  type House,
  heldBody,
  mib,
  newHouse,
  objectKeys,
  openHouse,
  put,
  readAll,
  reopenUploads,
} from '../testing/test-layers.ts';
import type { UploadTables } from './tables.ts';

const oci = (digest: Digest) => ({ digest, rules: 'oci' as const });
const ecr = (digest: Digest) => ({ digest, rules: 'ecr' as const });

async function contentOf({ layers }: House, repository: Repository, digest: Digest): Promise<string> {
  return (await readAll(layers.read(repository, digest))).toString();
}

test('parts that were appended become the layer', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const { id, receivedBytes, parts } = await uploads.start(repository);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  assert.deepEqual([receivedBytes, parts], [0, 0]);
  assert.equal((await uploads.append(repository, id, { body: bodyOf('one', ' ', 'two') })).receivedBytes, 7);
  const status = await uploads.append(repository, id, { firstByte: 7, lengthBytes: 6, body: bodyOf(' three') });
  assert.deepEqual(status, { id, receivedBytes: 13, parts: 2 });
  assert.deepEqual(await uploads.status(repository, id.toUpperCase()), status);
  const digest = digestOf('one two three');
  assert.deepEqual(await uploads.complete(repository, id, oci(digest)), {
    digest,
    sizeBytes: 13,
  });
  assert.equal(await contentOf(house, repository, digest), 'one two three');
  await refuses(uploads.complete(repository, id, oci(digest)), 'upload-not-found');
});

test('sha512, whether or not the client said so at the start', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const digest = digestOf('bytes', 'sha512');
  for (const options of [{ algorithm: 'sha512' as const }, {}]) {
    const { id } = await uploads.start(repository, options);
    await uploads.append(repository, id, { body: bodyOf('by', 'tes') });
    assert.equal((await uploads.complete(repository, id, oci(digest))).digest, digest);
  }
  const other = digestOf('more', 'sha512');
  assert.equal((await uploads.whole(repository, other, { body: bodyOf('more') })).digest, other);
});

test('a layer without bytes is fine for OCI and refused by ECR in its words', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const digest = digestOf('');
  const { id } = await uploads.start(repository);
  assert.equal((await uploads.append(repository, id, { lengthBytes: 0, body: bodyOf() })).parts, 0);
  const where = `in the repository with name 'app' in registry with id '${home.accountId}'`;
  const message = `The upload with id '${id}' ${where} cannot be completed because it does not have any parts`;
  await refuses(uploads.complete(repository, id, ecr(digest)), 'upload-empty', message);
  assert.equal((await uploads.complete(repository, id, oci(digest))).sizeBytes, 0);
  assert.equal(await contentOf(house, repository, digest), '');
  assert.deepEqual(await objectKeys(house.blobs), []);
  const other = await house.repositories.create(home, { name: 'other' });
  assert.equal((await uploads.whole(other, digest, { body: bodyOf() })).sizeBytes, 0);
});

test('a part out of order says where to go on, and changes nothing', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const { id } = await uploads.start(repository);
  const first = await refuses(
    uploads.append(repository, id, { firstByte: 1, body: bodyOf('x') }),
    'layer-part-invalid',
  );
  assert.ok(isKind(first, 'layer-part-invalid'));
  assert.deepEqual(first.details, {
    ...{ registryId: home.accountId, repositoryName: 'app', uploadId: id },
    lastValidByteReceived: -1,
  });
  await uploads.append(repository, id, { body: bodyOf('abc') });
  for (const firstByte of [0, 2, 4]) {
    const refusal = uploads.append(repository, id, { firstByte, body: bodyOf('x') });
    const error = await refuses(refusal, 'layer-part-invalid');
    assert.equal(isKind(error, 'layer-part-invalid') && error.details.lastValidByteReceived, 2);
  }
  assert.equal((await uploads.status(repository, id)).receivedBytes, 3);
  assert.equal((await objectKeys(house.blobs)).length, 1);
});

test('more or fewer bytes than announced are refused and leave nothing', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf('abc') });
  for (const lengthBytes of [0, 2, 4]) {
    await refuses(uploads.append(repository, id, { lengthBytes, body: bodyOf('x', 'yz') }), 'upload-size-invalid');
    await refuses(
      uploads.whole(repository, digestOf('xyz'), { lengthBytes, body: bodyOf('x', 'yz') }),
      'upload-size-invalid',
    );
  }
  assert.equal((await objectKeys(house.blobs)).length, 1);
  await uploads.append(repository, id, { body: bodyOf('def') });
  await uploads.complete(repository, id, oci(digestOf('abcdef')));
});

test('a body that breaks off keeps what arrived, and the client goes on from there', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const { id } = await uploads.start(repository);
  const broken = bodyOf('abc', 'de', new Error('socket hang up'));
  await refuses(uploads.append(repository, id, { lengthBytes: 9, body: broken }), 'request-incomplete');
  assert.deepEqual(await uploads.status(repository, id), { id, receivedBytes: 5, parts: 1 });
  const own = new DomainError('request-incomplete', 'in the words of the edge', {});
  await refuses(uploads.append(repository, id, { body: bodyOf(own) }), 'request-incomplete', own.message);
  assert.equal((await uploads.status(repository, id)).parts, 1);
  await uploads.append(repository, id, { firstByte: 5, body: bodyOf('fghi') });
  const digest = digestOf('abcdefghi');
  await uploads.complete(repository, id, oci(digest));
  assert.equal(await contentOf(house, repository, digest), 'abcdefghi');
});

test('a whole push that breaks off or lies about its digest leaves nothing', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const digest = digestOf('abc');
  const broken = uploads.whole(repository, digest, { body: bodyOf('ab', new Error('gone')) });
  await refuses(broken, 'request-incomplete');
  await refuses(uploads.whole(repository, digest, { body: bodyOf('abd') }), 'layer-digest-mismatch');
  assert.deepEqual(await objectKeys(house.blobs), []);
  assert.equal(await house.layers.find(repository, digest), undefined);
});

test('another digest than announced ends the upload and leaves nothing', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf('abc') });
  await refuses(uploads.complete(repository, id, oci(digestOf('abd'))), 'layer-digest-mismatch');
  await refuses(uploads.status(repository, id), 'upload-not-found');
  assert.deepEqual(await objectKeys(house.blobs), []);
});

test('a cancelled upload is gone with its bytes', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf('abc') });
  await uploads.cancel(repository, id);
  for (const refused of [
    uploads.cancel(repository, id),
    uploads.status(repository, id),
    uploads.append(repository, id, { body: bodyOf('x') }),
    uploads.complete(repository, id, oci(digestOf('abc'))),
  ]) {
    await refuses(refused, 'upload-not-found');
  }
  assert.deepEqual(await objectKeys(house.blobs), []);
});

test('an upload belongs to its repository, and ids that cannot be are not found', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const other = await house.repositories.create(home, { name: 'other' });
  const { id } = await uploads.start(repository);
  await refuses(uploads.append(other, id, { body: bodyOf('x') }), 'upload-not-found');
  for (const bad of ['', '../../etc', `${id}0`, 'x'.repeat(10_000)]) {
    await refuses(uploads.status(repository, bad), 'upload-not-found');
  }
  await house.repositories.remove(home, 'app', { force: true });
  await refuses(uploads.append(repository, id, { body: bodyOf('x') }), 'upload-not-found');
  await refuses(uploads.start(repository), 'repository-not-found');
  await refuses(uploads.whole(repository, digestOf('x'), { body: bodyOf('x') }), 'repository-not-found');
});

test('ECR wants 5 MiB of every part but the last, and refuses a layer that is there', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const [small, large] = [Buffer.alloc(5 * mib - 1, 's'), Buffer.alloc(5 * mib, 'l')];
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf(small) });
  await uploads.append(repository, id, { body: bodyOf('x') });
  const digest = digestOf(Buffer.concat([small, Buffer.from('x')]));
  const text = 'All layer parts except the last part should be at least 5MB';
  await refuses(uploads.complete(repository, id, ecr(digest)), 'layer-part-too-small', text);
  assert.equal((await uploads.status(repository, id)).parts, 2);
  await uploads.complete(repository, id, oci(digest));
  const again = digestOf(Buffer.concat([large, Buffer.from('x')]));
  for (const expected of ['made', 'refused']) {
    const { id: next } = await uploads.start(repository);
    await uploads.append(repository, next, { body: bodyOf(large) });
    await uploads.append(repository, next, { body: bodyOf('x') });
    const completed = uploads.complete(repository, next, ecr(again));
    if (expected === 'made') assert.equal((await completed).sizeBytes, 5 * mib + 1);
    else await refuses(completed, 'layer-already-exists');
    await refuses(uploads.status(repository, next), 'upload-not-found');
  }
});

test('equal bytes of a key domain are stored once', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const other = await house.repositories.create(home, { name: 'other' });
  const digest = await put(house, repository, 'same');
  const keys = await objectKeys(house.blobs);
  assert.equal(keys.length, 1);
  assert.match(keys[0] ?? '', new RegExp(`^${repository.keyDomain}/[0-9a-f]{2}/[0-9a-f]{32}$`));
  assert.ok(!keys.some((key) => key.includes(digest.slice(7))));
  await put(house, repository, 'same');
  await put(house, other, 'same');
  const { id } = await uploads.start(other);
  await uploads.append(other, id, { body: bodyOf('sa') });
  await uploads.append(other, id, { body: bodyOf('me') });
  await uploads.complete(other, id, oci(digest));
  assert.deepEqual(await objectKeys(house.blobs), keys);
});

test('an upload in small pieces becomes one object, one in large pieces stays as it is', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  for (const [piece, objects] of [
    [Buffer.alloc(1000, 's'), 1],
    [Buffer.alloc(mib, 'l'), 3],
  ] as const) {
    const before = (await objectKeys(house.blobs)).length;
    const { id } = await uploads.start(repository);
    for (let count = 0; count < 3; count += 1) await uploads.append(repository, id, { body: bodyOf(piece) });
    const whole = Buffer.concat([piece, piece, piece]);
    const digest = digestOf(whole);
    await uploads.complete(repository, id, oci(digest));
    assert.equal((await objectKeys(house.blobs)).length - before, objects);
    assert.deepEqual(await readAll(house.layers.read(repository, digest)), whole);
  }
});

test('an upload goes on after a restart', async () => {
  const house = await newHouse();
  const { repository } = house;
  const { id } = await house.uploads.start(repository);
  await house.uploads.append(repository, id, { body: bodyOf('before ') });
  const restarted = openHouse(house);
  assert.equal((await restarted.uploads.status(repository, id)).receivedBytes, 7);
  await restarted.uploads.append(repository, id, { firstByte: 7, body: bodyOf('after') });
  const digest = digestOf('before after');
  await refuses(restarted.uploads.complete(repository, id, oci(digestOf('after'))), 'layer-digest-mismatch');
  const second = await house.uploads.start(repository);
  await house.uploads.append(repository, second.id, { body: bodyOf('before ') });
  const again = openHouse(house);
  await again.uploads.append(repository, second.id, { body: bodyOf('after') });
  await again.uploads.complete(repository, second.id, oci(digest));
  assert.equal(await contentOf(again, repository, digest), 'before after');
});

test('while a part is coming, everything else on the upload is refused and nothing is mixed', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf('abc') });
  const held = heldBody();
  const slow = uploads.append(repository, id, { body: held.body('d', 'ef') });
  await held.begun;
  for (const refused of [
    uploads.append(repository, id, { firstByte: 3, body: bodyOf('xyz') }),
    uploads.append(repository, id.toUpperCase(), { body: bodyOf('xyz') }),
    uploads.complete(repository, id, oci(digestOf('abc'))),
    uploads.cancel(repository, id),
  ]) {
    const error = await refuses(refused, 'layer-part-invalid');
    assert.equal(isKind(error, 'layer-part-invalid') && error.details.lastValidByteReceived, 2);
  }
  held.release();
  assert.equal((await slow).receivedBytes, 6);
  await uploads.complete(repository, id, oci(digestOf('abcdef')));
});

test('processes that append at the same time: one part counts, the other is refused and leaves nothing', async () => {
  const house = await newHouse();
  const { repository } = house;
  const other = openHouse(house);
  const { id } = await house.uploads.start(repository);
  const held = heldBody();
  const slow = house.uploads.append(repository, id, { body: held.body('s', 'low') });
  await held.begun;
  await other.uploads.append(repository, id, { body: bodyOf('fast') });
  held.release();
  const error = await refuses(slow, 'layer-part-invalid');
  assert.equal(isKind(error, 'layer-part-invalid') && error.details.lastValidByteReceived, 3);
  assert.equal((await objectKeys(house.blobs)).length, 1);
  // The first process has a hash of bytes that were refused: it must not use it.
  await house.uploads.append(repository, id, { body: bodyOf('er') });
  await house.uploads.complete(repository, id, oci(digestOf('faster')));
});

test('a part that another process adds while the upload is completed is never left out', async () => {
  const house = await newHouse();
  const { uploads, layers, repository, database } = house;
  const { id } = await uploads.start(repository);
  await uploads.append(repository, id, { body: bodyOf('abc') });
  const add = () => uploads.append(repository, id, { body: bodyOf('def') });
  const late: typeof database = {
    ...database,
    async transact(work) {
      await add();
      return database.transact(work);
    },
  };
  const completing = reopenUploads({ ...house, database: late }, layers);
  await refuses(completing.complete(repository, id, oci(digestOf('abc'))), 'layer-part-invalid');
  assert.equal(await layers.find(repository, digestOf('abc')), undefined);
  await uploads.complete(repository, id, oci(digestOf('abcdef')));
});

test('a part that comes while another process cancels is refused and leaves nothing', async () => {
  const house = await newHouse();
  const { repository } = house;
  const { id } = await house.uploads.start(repository);
  const held = heldBody();
  const slow = house.uploads.append(repository, id, { body: held.body('s', 'low') });
  await held.begun;
  await openHouse(house).uploads.cancel(repository, id);
  held.release();
  await refuses(slow, 'upload-not-found');
  assert.deepEqual(await objectKeys(house.blobs), []);
});

test('many uploads of the same bytes at once make one blob and all succeed', async () => {
  const house = await newHouse();
  const { uploads, repository } = house;
  const other = await house.repositories.create(home, { name: 'other' });
  const digest = digestOf('the same');
  const pushes = Array.from({ length: 8 }, async (_, index) => {
    const target = index % 2 === 0 ? repository : other;
    if (index < 4) return uploads.whole(target, digest, { body: bodyOf('the ', 'same') });
    const { id } = await uploads.start(target);
    await uploads.append(target, id, { body: bodyOf('the same') });
    return uploads.complete(target, id, oci(digest));
  });
  for (const layer of await Promise.all(pushes)) assert.equal(layer.digest, digest);
  assert.equal((await objectKeys(house.blobs)).length, 1);
  for (const target of [repository, other]) assert.equal(await contentOf(house, target, digest), 'the same');
});

test('the parts of an upload, its size and the open uploads of a registry are limited', async () => {
  const house = await newHouse();
  const { uploads, repository, database } = house;
  const { id } = await uploads.start(repository);
  const tables = database.tables<UploadTables>();
  const change = (values: object) => tables.updateTable('upload').set(values).where('upload_id', '=', id).execute();
  await change({ parts: limits.uploadPartsMax });
  await refuses(uploads.append(repository, id, { body: bodyOf('x') }), 'limit-exceeded');
  await change({ parts: 1, received_bytes: limits.layerSizeBytesMax - 2 });
  await refuses(uploads.append(repository, id, { lengthBytes: 3, body: bodyOf('xyz') }), 'limit-exceeded');
  await refuses(uploads.append(repository, id, { body: bodyOf('xy', 'z') }), 'limit-exceeded');
  assert.equal((await uploads.append(repository, id, { body: bodyOf('x', 'y') })).parts, 2);
  const row = await tables.selectFrom('upload').selectAll().executeTakeFirstOrThrow();
  await database.transact<UploadTables, void>(async (transaction) => {
    for (let index = 1; index < limits.openUploadsMax; index += 1) {
      await transaction
        .insertInto('upload')
        .values({ ...row, upload_id: `${index}` })
        .execute();
    }
  });
  await refuses(uploads.start(repository), 'limit-exceeded');
  await uploads.cancel(repository, id);
  await uploads.start(repository);
});
