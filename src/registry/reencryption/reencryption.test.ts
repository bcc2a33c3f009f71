// A repository on its way to another key: it is whole at every moment, and nothing that fails on the way loses a byte.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Caller } from '#core/caller.ts';
import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { BlobDamagedError } from '#stores/blobs/blob-store.ts';
import { collect } from '../collection/collect.ts';
import { domainOfObject } from '../encryption/content-domains.ts';
import type { LayerTables } from '../layers/tables.ts';
import type { Encryption, Repository } from '../registry.ts';
import { home, imageManifest, type Made, pushOf, refuses } from '../testing/test-images.ts';
import { testKeyRing } from '../testing/test-key-ring.ts';
import {
  bodyOf,
  digestOf,
  type Ground,
  type House,
  hourMs,
  newGround,
  openHouse,
  put,
  readAll,
} from '../testing/test-layers.ts';

const both = ['read', 'write'] as const;
// Only who it was is written down.
const caller = { principal: { arn: 'arn:aws:iam::123456789012:user/anna' } } as Caller;
const never = new AbortController().signal;

let ground: Ground;
let house: House;
let keyRing: ReturnType<typeof testKeyRing>;
/** What the records were told, in order. */
let told: string[];
beforeEach(async () => {
  told = [];
  keyRing = testKeyRing();
  ground = await newGround();
  house = openHouse(ground, keyRing);
  for (const name of ['one', 'two']) house.repositoryKeys.usable.set(name, both);
});
afterEach(() => ground.database.close());

function create(name: string, encryption?: Encryption): Promise<Repository> {
  return house.repositories.create(home, { name, ...(encryption && { encryption }) });
}

async function current(name = 'app'): Promise<Repository> {
  return house.repositories.get(home, name);
}

async function push(repository: Repository, tag: string, ...layers: readonly string[]): Promise<Made> {
  const [config = '', ...rest] = layers;
  for (const bytes of layers) await put(house, repository, bytes);
  const of = (bytes: string) => ({ digest: digestOf(bytes), size: bytes.length });
  const image = imageManifest(of(config), rest.map(of));
  await house.images.push(repository, pushOf(image, tag));
  return image;
}

async function pulls(repository: Repository, tag: string, image: Made, ...layers: readonly string[]): Promise<void> {
  assert.deepEqual((await house.images.get(repository, { tag })).bytes, image.bytes);
  for (const bytes of layers) {
    assert.equal((await readAll(house.layers.read(repository, digestOf(bytes)))).toString(), bytes);
  }
}

const records: Parameters<House['moves']['run']>[1] = {
  ended: async (_repository, end) => void told.push((await end())?.status ?? 'not yet'),
  async paused(_repository, _move, reason, pause) {
    told.push(reason);
    await pause();
  },
  failed(_repository, error) {
    throw error;
  },
};

const run = (signal = never, of = house): Promise<void> => of.moves.run(signal, records);

async function start(encryption: Partial<Encryption> = {}, name = 'app') {
  return house.moves.reencryptions.start(await current(name), encryption, caller);
}

async function find(name = 'app') {
  const move = await house.moves.reencryptions.find(await current(name));
  assert.ok(move !== undefined);
  return move;
}

/** What nothing needs becomes garbage first, which stays for a grace of its own. */
async function collectAll(): Promise<void> {
  await collect(house.collection);
  house.clock.advance(2 * hourMs);
  await collect(house.collection);
}

/** In which domains the repository's layers are. */
async function domainsOf({ id }: Repository): Promise<readonly string[]> {
  const rows = await ground.database
    .tables<LayerTables>()
    .selectFrom('layer')
    .innerJoin('blob_part', 'blob_part.blob_id', 'layer.blob_id')
    .select('blob_part.blob_key')
    .where('layer.repository_id', '=', id)
    .execute();
  return [...new Set(rows.map(({ blob_key }) => domainOfObject(blob_key)))].toSorted();
}

test('everything moves while it is used, and the old key and copies are given back after the grace', async () => {
  const repository = await create('app', { type: 'KMS', kmsKey: 'one' });
  const other = await create('other', { type: 'KMS', kmsKey: 'one' });
  const image = await push(repository, 'v1', 'config', 'own layer', 'shared layer');
  const shared = await push(other, 'v1', 'other config', 'shared layer');
  const { id } = await house.uploads.start(repository);
  await house.uploads.append(repository, id, { body: bodyOf('begun ') });
  const begun = await start({ type: 'KMS_DSSE', kmsKey: 'two' });
  assert.deepEqual(
    [begun.status, begun.from, begun.to],
    ['RUNNING', { type: 'KMS', kmsKey: 'one' }, { type: 'KMS_DSSE', kmsKey: 'two' }],
  );
  const moving = await current();
  assert.notEqual(moving.keyDomain, repository.keyDomain);
  assert.deepEqual(moving.encryption, { type: 'KMS', kmsKey: 'one' });
  await pulls(moving, 'v1', image, 'config', 'own layer', 'shared layer');
  const pushed = await push(moving, 'v2', 'config', 'new layer');
  await house.uploads.append(moving, id, { body: bodyOf('and ended') });
  await run();
  assert.deepEqual(told, ['COMPLETE']);
  const moved = await current();
  assert.deepEqual([moved.encryption, moved.moving], [{ type: 'KMS_DSSE', kmsKey: 'two' }, undefined]);
  assert.deepEqual(await domainsOf(moved), [moved.keyDomain]);
  for (const one of [repository, moving, moved]) {
    await pulls(one, 'v1', image, 'config', 'own layer', 'shared layer');
    await pulls(one, 'v2', pushed, 'config', 'new layer');
  }
  const digest = digestOf('begun and ended');
  await house.uploads.complete(moved, id, { digest, rules: 'oci' });
  assert.equal((await readAll(house.layers.read(moved, digest))).toString(), 'begun and ended');
  const { status, moved: counts, finishedAtMs, keptUntilMs, requestedBy } = await find();
  // What was pushed anew under the new key had not to be moved: the configuration.
  assert.deepEqual([status, counts.images, counts.layers], ['COMPLETE', 1, 2]);
  assert.deepEqual([finishedAtMs, keptUntilMs], [house.clock.nowMs(), house.clock.nowMs() + hourMs]);
  assert.equal(requestedBy, caller.principal.arn);
  assert.equal(house.repositoryKeys.slots.has(repository.keySlot ?? ''), true);
  house.clock.advance(hourMs + 1);
  await run();
  assert.equal(house.repositoryKeys.slots.has(repository.keySlot ?? ''), false);
  assert.equal((await find()).keptUntilMs, undefined);
  await collectAll();
  await pulls(moved, 'v1', image, 'config', 'own layer', 'shared layer');
  await pulls(other, 'v1', shared, 'other config', 'shared layer');
  assert.deepEqual(await domainsOf(other), [other.keyDomain]);
  const old = await Array.fromAsync(house.blobs.list(repository.keyDomain));
  assert.equal(old.length, 2, 'the copies of the other repository are all that is left');
});

test('between any two kinds of key, and to the same key under a new domain', async () => {
  const repository = await create('app');
  const image = await push(repository, 'v1', 'config', 'layer');
  const steps: ReadonlyArray<Partial<Encryption>> = [
    { type: 'KMS', kmsKey: 'one' },
    {},
    { type: 'KMS_DSSE', kmsKey: 'two' },
    { kmsKey: 'one' },
    { type: 'AES256' },
  ];
  const domains = new Set([repository.keyDomain]);
  for (const step of steps) {
    await start(step);
    await run();
    const moved = await current();
    assert.deepEqual(await domainsOf(moved), [moved.keyDomain]);
    assert.equal(moved.encryption.type, step.type ?? 'KMS');
    await pulls(moved, 'v1', image, 'config', 'layer');
    domains.add(moved.keyDomain);
  }
  assert.deepEqual(told, Array(steps.length).fill('COMPLETE'));
  assert.equal((await current()).keyDomain, repository.keyDomain);
  assert.ok(domains.size >= 4, 'the same key again is another domain');
  assert.equal((await current()).keySlot, undefined);
  house.clock.advance(hourMs + 1);
  await run();
  assert.equal(house.repositoryKeys.slots.size, 0);
});

test('what cannot be asked for is refused and changes nothing', async () => {
  await create('app');
  await refuses(start({ type: 'AES256' }), 'invalid-parameter');
  await refuses(start(), 'invalid-parameter');
  await refuses(start({ type: 'AES256', kmsKey: 'one' }), 'invalid-parameter');
  await refuses(start({ kmsKey: 'three' }), 'kms-unavailable');
  await refuses(house.moves.reencryptions.cancel(await current()), 'no-such-entity');
  assert.equal(await house.moves.reencryptions.find(await current()), undefined);
  assert.equal((await current()).moving, undefined);
  const stale = await current();
  await start({ kmsKey: 'one' });
  await refuses(start({ kmsKey: 'two' }), 'entity-already-exists');
  await refuses(house.moves.reencryptions.start(stale, { kmsKey: 'two' }, caller), 'entity-already-exists');
  assert.equal(house.repositoryKeys.slots.size, 1, 'what the refused ones took was given back');
  await run();
  house.repositoryKeys.usable.delete('one');
  await refuses(start({ type: 'AES256' }), 'kms-unavailable');
  assert.equal((await current()).moving, undefined);
});

test('a request that knows the repository as it was before writes to the new key, and reads either', async () => {
  for (const isOver of [false, true]) {
    const name = `app-${isOver}`;
    const before = await create(name, { type: 'KMS', kmsKey: 'one' });
    const image = await push(before, 'v1', 'config', 'layer');
    const sent = ['sent before', 'sent before too'];
    const ids: string[] = [];
    for (const text of ['', ...sent]) {
      const { id } = await house.uploads.start(before);
      if (text !== '') await house.uploads.append(before, id, { body: bodyOf(text) });
      ids.push(id);
    }
    const [id = '', ...begun] = ids;
    await start({ kmsKey: 'two' }, name);
    const moving = await current(name);
    if (isOver) await run();
    const pushed = await push(before, 'v2', 'config', 'layer', `late ${name}`);
    await house.uploads.append(before, id, { body: bodyOf('a part') });
    // One by who knows nothing of the move, one by who does.
    for (const [index, repository] of [before, moving].entries()) {
      const digest = digestOf(sent[index] ?? '');
      await house.uploads.complete(repository, begun[index] ?? '', { digest, rules: 'oci' });
      assert.equal((await readAll(house.layers.read(repository, digest))).toString(), sent[index]);
    }
    if (!isOver) await run();
    for (const repository of [before, moving, await current(name)]) {
      await pulls(repository, 'v1', image, 'config', 'layer');
      await pulls(repository, 'v2', pushed, 'config', 'layer', `late ${name}`);
    }
    const after = await current(name);
    assert.deepEqual(await domainsOf(after), [after.keyDomain]);
    house.clock.advance(hourMs + 1);
    await run();
    assert.equal(house.repositoryKeys.slots.has(before.keySlot ?? ''), false);
    // With nothing in memory.
    house = openHouse(ground, keyRing);
    await pulls(after, 'v2', pushed, 'config', 'layer', `late ${name}`);
    await house.uploads.complete(after, id, { digest: digestOf('a part'), rules: 'oci' });
    assert.deepEqual(await domainsOf(after), [after.keyDomain]);
  }
});

test('it does not end before what a late request has left in the old domain has moved', async () => {
  const before = await create('app', { type: 'KMS', kmsKey: 'one' });
  const { id } = await house.uploads.start(before);
  await start({ kmsKey: 'two' });
  await house.moves.run(never, {
    ...records,
    async ended(_repository, end) {
      await house.uploads.append(before, id, { body: bodyOf('the last part') });
      assert.equal(await end(), undefined);
    },
  });
  assert.equal((await find()).status, 'RUNNING');
  await run();
  assert.deepEqual(told, ['COMPLETE']);
  house.clock.advance(hourMs + 1);
  await run();
  const digest = digestOf('the last part');
  await house.uploads.complete(await current(), id, { digest, rules: 'oci' });
  assert.equal((await readAll(house.layers.read(await current(), digest))).toString(), 'the last part');
});

test('layers are shared with repositories of the same domain only, on the way too', async () => {
  const repository = await create('app', { type: 'KMS', kmsKey: 'one' });
  await push(repository, 'v1', 'config', 'layer');
  const [old, next] = [
    await create('old', { type: 'KMS', kmsKey: 'one' }),
    await create('next', { type: 'KMS', kmsKey: 'two' }),
  ];
  const digest = digestOf('layer');
  const mount = (target: Repository, source: Repository) => house.layers.mount(target, source, digest);
  await start({ kmsKey: 'two' });
  const moving = await current();
  assert.deepEqual([await mount(next, moving), await mount(next, repository)], [false, false]);
  assert.equal(await mount(moving, old), false);
  assert.equal(await mount(old, moving), true);
  await put(house, next, 'layer');
  const objects = (await Array.fromAsync(house.blobs.list(next.keyDomain))).length;
  await run();
  const moved = await current();
  // Of both layers only the configuration had to be copied.
  assert.equal((await Array.fromAsync(house.blobs.list(next.keyDomain))).length, objects + 1);
  assert.deepEqual(
    [await mount(next, moved), await mount(old, moved), await mount(old, repository)],
    [true, false, false],
  );
  assert.equal((await readAll(house.layers.read(old, digest))).toString(), 'layer');
});

/** Runs until so many transactions of the run have gone by, as a stop or a kill would end it. */
async function runSome(transactions: number): Promise<void> {
  const controller = new AbortController();
  let left = transactions;
  const transact: Ground['database']['transact'] = async (work) => {
    if (left === 0) controller.abort();
    controller.signal.throwIfAborted();
    left -= 1;
    return ground.database.transact(work);
  };
  const database = { ...ground.database, transact, tables: () => ground.database.tables() };
  const dying = openHouse({ ...ground, database: database as Ground['database'] }, keyRing);
  await run(controller.signal, dying).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
  });
}

test('a kill before any transaction of it loses nothing, and another process goes on', async () => {
  for (let transactions = 0; ; transactions += 1) {
    const name = `app-${transactions}`;
    const repository = await create(name, { type: 'KMS', kmsKey: 'one' });
    const first = await push(repository, 'v1', 'config', 'layer', 'second layer');
    const second = await push(repository, 'v2', 'another config', 'layer');
    const { id } = await house.uploads.start(repository);
    await house.uploads.append(repository, id, { body: bodyOf('a part') });
    await start({ kmsKey: 'two' }, name);
    await runSome(transactions);
    house = openHouse(ground, keyRing);
    const half = await current(name);
    const wasOver = half.moving === undefined;
    await pulls(half, 'v1', first, 'config', 'layer', 'second layer');
    await pulls(half, 'v2', second, 'another config', 'layer');
    await run();
    const moved = await current(name);
    assert.equal(moved.moving, undefined);
    assert.deepEqual(await domainsOf(moved), [moved.keyDomain]);
    await pulls(moved, 'v1', first, 'config', 'layer', 'second layer');
    await pulls(moved, 'v2', second, 'another config', 'layer');
    await house.uploads.complete(moved, id, { digest: digestOf('a part'), rules: 'oci' });
    await house.repositories.remove(home, name, { force: true, caller });
    await collectAll();
    if (wasOver) break;
  }
  assert.deepEqual(await Array.fromAsync(house.blobs.list('')), []);
  assert.equal(house.repositoryKeys.slots.size, 0);
});

test('cancelled half way, it goes back; what was pushed meanwhile comes along', async () => {
  const repository = await create('app', { type: 'KMS', kmsKey: 'one' });
  const image = await push(repository, 'v1', 'config', 'layer', 'second layer', 'third layer');
  await start({ kmsKey: 'two' });
  const pushed = await push(await current(), 'v2', 'config', 'pushed meanwhile');
  await runSome(3);
  const half = await current();
  assert.equal((await domainsOf(half)).length, 2);
  const { status } = await house.moves.reencryptions.cancel(half);
  assert.equal(status, 'CANCELLING');
  assert.equal((await house.moves.reencryptions.cancel(half)).status, 'CANCELLING');
  await refuses(start({ kmsKey: 'two' }), 'entity-already-exists');
  const late = await push(half, 'v3', 'config', 'pushed by one who knows nothing of it');
  for (const one of [repository, half, await current()]) {
    await pulls(one, 'v1', image, 'config', 'layer', 'second layer', 'third layer');
    await pulls(one, 'v2', pushed, 'config', 'pushed meanwhile');
  }
  await run();
  assert.deepEqual(told, ['CANCELLED']);
  const back = await current();
  assert.deepEqual([back.keyDomain, back.keySlot, back.moving], [repository.keyDomain, repository.keySlot, undefined]);
  assert.deepEqual(back.encryption, { type: 'KMS', kmsKey: 'one' });
  assert.deepEqual(await domainsOf(back), [back.keyDomain]);
  house.clock.advance(hourMs + 1);
  await run();
  assert.deepEqual([...house.repositoryKeys.slots.values()], ['one']);
  await collect(house.collection);
  await pulls(back, 'v1', image, 'config', 'layer', 'second layer', 'third layer');
  await pulls(back, 'v2', pushed, 'config', 'pushed meanwhile');
  await pulls(back, 'v3', late, 'config', 'pushed by one who knows nothing of it');
});

test('a key that is switched off pauses it with the reason, told once, and each half follows its own key', async () => {
  for (const key of ['one', 'two']) {
    const name = `app-${key}`;
    const repository = await create(name, { type: 'KMS', kmsKey: 'one' });
    const image = await push(repository, 'v1', 'config', 'layer');
    await start({ kmsKey: 'two' }, name);
    const pushed = await push(await current(name), 'v2', 'new config', `new ${name}`);
    house.repositoryKeys.usable.set(key, []);
    told = [];
    await run();
    house.clock.advance(1000);
    await run();
    assert.deepEqual(told, ['DisabledException: The key cannot be used.']);
    const { status, reason } = await find(name);
    assert.deepEqual([status, reason], ['PAUSED', told[0]]);
    const moving = await current(name);
    const [isOld, isNew] = [key === 'two', key === 'one'];
    const old = () => pulls(moving, 'v1', image, 'config', 'layer');
    await (isOld ? old() : refuses(old(), 'kms-unavailable'));
    const recent = () => pulls(moving, 'v2', pushed, 'new config', `new ${name}`);
    await (isNew ? recent() : refuses(recent(), 'kms-unavailable'));
    house.repositoryKeys.usable.set(key, both);
    house.clock.advance(60_000);
    await run();
    assert.deepEqual([(await find(name)).status, (await find(name)).reason], ['COMPLETE', undefined]);
    await pulls(await current(name), 'v1', image, 'config', 'layer');
  }
});

test('a full disk pauses it, and it goes on once there is room; others do not wait for it', async () => {
  let isFull = true;
  const full: Ground['blobs'] = {
    ...ground.blobs,
    async write(key) {
      if (isFull && key.startsWith('two')) throw new DomainError('storage-unavailable', 'The disk is full.', {});
      return ground.blobs.write(key);
    },
  };
  const repository = await create('app');
  await push(repository, 'v1', 'config', 'layer');
  await create('empty');
  await start({ kmsKey: 'two' });
  await start({ kmsKey: 'one' }, 'empty');
  house = openHouse({ ...ground, blobs: full }, keyRing);
  await run();
  assert.deepEqual(told, ['The disk is full.', 'COMPLETE']);
  isFull = false;
  await run();
  assert.equal((await find()).status, 'PAUSED', 'it is not tried again at once');
  house.clock.advance(1000);
  await run();
  assert.equal((await find()).status, 'COMPLETE');
});

test('what is damaged stays where it is and holds the end; all else is moved', async () => {
  const repository = await create('app', { type: 'KMS', kmsKey: 'one' });
  const good = await push(repository, 'good', 'config', 'layer');
  const bad = await push(repository, 'bad', 'bad config', 'bad layer');
  const [{ key: damaged } = { key: '' }] = await keysOf(repository, digestOf('bad layer'));
  house = openHouse(
    {
      ...ground,
      blobs: {
        ...ground.blobs,
        async *read(key, range) {
          if (key === damaged) throw new BlobDamagedError(key, 'a segment does not open');
          yield* ground.blobs.read(key, range);
        },
      },
    },
    keyRing,
  );
  await start({ kmsKey: 'two' });
  await run();
  assert.match(told.join(), /^What is damaged cannot be moved: layer sha256:\w+: blob \S+ is damaged/);
  const moving = await current();
  await pulls(moving, 'good', good, 'config', 'layer');
  assert.deepEqual((await house.images.get(moving, { tag: 'bad' })).bytes, bad.bytes);
  assert.equal((await domainsOf(moving)).length, 2);
  await house.images.removeImage(moving, bad.digest, 'refuse');
  await house.layers.remove(moving, digestOf('bad layer'));
  house.clock.advance(1000);
  await run();
  assert.equal((await find()).status, 'COMPLETE');
  await pulls(await current(), 'good', good, 'config', 'layer');
});

async function keysOf({ id }: Repository, digest: Digest) {
  return ground.database
    .tables<LayerTables>()
    .selectFrom('layer')
    .innerJoin('blob_part', 'blob_part.blob_id', 'layer.blob_id')
    .select('blob_part.blob_key as key')
    .where('layer.repository_id', '=', id)
    .where('layer.digest', '=', digest)
    .execute();
}

test('a repository that is removed on the way gives back every key that it has', async () => {
  const repository = await create('app', { type: 'KMS', kmsKey: 'one' });
  await push(repository, 'v1', 'config', 'layer');
  await start({ kmsKey: 'two' });
  await run();
  await start({ type: 'KMS_DSSE', kmsKey: 'two' });
  assert.equal(house.repositoryKeys.slots.size, 3);
  await house.repositories.remove(home, 'app', { force: true, caller });
  assert.equal(house.repositoryKeys.slots.size, 0);
  await run();
  assert.deepEqual(told, ['COMPLETE']);
});

test('moves of a registry are listed page by page, with the last one of each repository', async () => {
  for (const name of ['a1', 'a2', 'a3']) {
    await create(name);
    await start({ kmsKey: 'one' }, name);
  }
  const { reencryptions } = house.moves;
  const first = await reencryptions.list(home, { limit: 2 });
  const second = await reencryptions.list(home, { limit: 2, after: first.next ?? '' });
  const names = [...first.items, ...second.items].map(({ repositoryName }) => repositoryName);
  assert.deepEqual(names.toSorted(), ['a1', 'a2', 'a3']);
  assert.equal(second.next, undefined);
});
