// The key ring over a real database: keys bound to domain and context, one domain a registry, and who cannot open what.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { parseAccountId, parseRegion, type RegistryRef } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import { systemRandom } from '#core/random.ts';
import { nextTurn } from '#std/next-turn.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { assertRootKeyFits } from './domain-keys.ts';
import { openKeyRing } from './key-ring.ts';
import type { RootKey } from './root/root-key.ts';
import { holdRootKeys } from './root/root-keys.ts';
import { type KeyDomainRow, type KeyTables, kmsMigrations } from './tables.ts';

const random = systemRandom;
const plaintext = Buffer.from('a small value');

function newRootKey(): RootKey {
  return { id: random.bytes(8).toString('hex'), bytes: random.bytes(32) };
}

function registryRef(account: string, regionName = 'us-east-1'): RegistryRef {
  const accountId = parseAccountId(account);
  const region = parseRegion(regionName);
  assert.ok(accountId !== undefined && region !== undefined);
  return { accountId, region };
}

const home = registryRef('123456789012');

interface Opened {
  readonly database: Database;
  readonly rootKey: RootKey;
  readonly keyRing: KeyRing;
}

async function open(context: TestContext, { file = ':memory:', rootKey = newRootKey() } = {}): Promise<Opened> {
  const database = await openSqlite({ file, migrations: kmsMigrations });
  context.after(() => database.close());
  return { database, rootKey, keyRing: reopen(database, rootKey) };
}

function reopen(database: Database, rootKey: RootKey): KeyRing {
  return openKeyRing({ database, roots: holdRootKeys(rootKey), clock: manualClock(1000), random });
}

async function rowsOf(database: Database): Promise<readonly KeyDomainRow[]> {
  return database.tables<KeyTables>().selectFrom('key_domain').selectAll().execute();
}

async function change(database: Database, domain: KeyDomainId, changes: Partial<KeyDomainRow>): Promise<void> {
  await database.transact<KeyTables, void>(async (transaction) => {
    await transaction.updateTable('key_domain').set(changes).where('domain_id', '=', domain).execute();
  });
}

/** Throws of functions that answer at once are failures like those of promises. */
async function fails(work: () => unknown, expected: RegExp): Promise<void> {
  await assert.rejects(async () => work(), expected);
}

test('a data key opens under its domain and context, and under no other', async (context) => {
  const { keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const other = await keyRing.domainOf(registryRef('123456789012', 'eu-west-1'));
  const key = await keyRing.generateDataKey(domain, 'a/b');
  assert.equal(key.plaintext.length, 32);
  assert.ok(key.wrapped.length <= 256);
  assert.equal(key.wrapped.indexOf(key.plaintext), -1);
  assert.deepEqual(await keyRing.unwrapDataKey(domain, 'a/b', key.wrapped), key.plaintext);
  await fails(() => keyRing.unwrapDataKey(domain, 'a/c', key.wrapped), /do not open/);
  await fails(() => keyRing.unwrapDataKey(domain, '', key.wrapped), /do not open/);
  await fails(() => keyRing.unwrapDataKey(other, 'a/b', key.wrapped), /do not open/);
  const next = await keyRing.generateDataKey(domain, 'a/b');
  assert.notDeepEqual(next.plaintext, key.plaintext);
});

test('values come back as they went in, under their domain and context only', async (context) => {
  const { keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const other = await keyRing.domainOf(registryRef('999999999999'));
  const values = fc.tuple(fc.uint8Array({ maxLength: 2000 }), fc.string({ maxLength: 100 }), fc.string());
  await fc.assert(
    fc.asyncProperty(values, async ([value, name, another]) => {
      const sealed = await keyRing.seal(domain, name, value);
      assert.deepEqual(await keyRing.open(domain, name, sealed), Buffer.from(value));
      if (another !== name) await fails(() => keyRing.open(domain, another, sealed), /do not open/);
      await fails(() => keyRing.open(other, name, sealed), /do not open/);
    }),
  );
});

test('a sealed value is no wrapped key, and a wrapped key no sealed value', async (context) => {
  const { keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const { wrapped } = await keyRing.generateDataKey(domain, 'name');
  await fails(() => keyRing.open(domain, 'name', wrapped), /do not open/);
  const sealed = await keyRing.seal(domain, 'name', random.bytes(32));
  await fails(() => keyRing.unwrapDataKey(domain, 'name', sealed), /do not open/);
});

test('every flipped bit, every cut and every byte more is refused', async (context) => {
  const { keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const sealed = await keyRing.seal(domain, 'name', plaintext);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await fails(() => keyRing.open(domain, 'name', changed), /do not open|which are not here/);
  }
  for (let length = 0; length < sealed.length; length += 1) {
    await fails(() => keyRing.open(domain, 'name', sealed.subarray(0, length)), /do not open|too short/);
  }
  await fails(() => keyRing.open(domain, 'name', Buffer.concat([sealed, Buffer.alloc(1)])), /do not open/);
  assert.deepEqual(await keyRing.open(domain, 'name', sealed), plaintext);
});

test('the same value is sealed differently each time, and its length is all that shows', async (context) => {
  const { keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const [one, two] = [await keyRing.seal(domain, 'n', plaintext), await keyRing.seal(domain, 'n', plaintext)];
  assert.equal(one.length, two.length);
  assert.notDeepEqual(one.subarray(5, 37), two.subarray(5, 37));
  assert.notDeepEqual(one.subarray(37), two.subarray(37));
  assert.equal(one.indexOf(plaintext), -1);
});

test('a restart over the same database opens what was sealed before', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'key-ring-'));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'metadata.sqlite');
  const before = await open(context, { file });
  const domain = await before.keyRing.domainOf(home);
  const sealed = await before.keyRing.seal(domain, 'name', plaintext);
  const dataKey = await before.keyRing.generateDataKey(domain, 'blob');
  await before.database.close();
  const after = await open(context, { file, rootKey: before.rootKey });
  assert.equal(await after.keyRing.domainOf(home), domain);
  assert.deepEqual(await after.keyRing.open(domain, 'name', sealed), plaintext);
  assert.deepEqual(await after.keyRing.unwrapDataKey(domain, 'blob', dataKey.wrapped), dataKey.plaintext);
});

test('a registry has one domain, however many ask for it at once', async (context) => {
  const { database, rootKey, keyRing } = await open(context);
  const rings = [keyRing, reopen(database, rootKey), reopen(database, rootKey)];
  const asked = Array.from({ length: 30 }, async (_, index) => rings[index % 3]?.domainOf(home));
  const domains = new Set(await Promise.all(asked));
  assert.equal(domains.size, 1);
  const [row, ...more] = await rowsOf(database);
  assert.deepEqual(more, []);
  assert.ok(row !== undefined && domains.has(row.domain_id as KeyDomainId));
  assert.match(row.domain_id, /^[a-z2-7]{16}$/);
  assert.equal(row.created_at_ms, 1000);
  // From now on it is known at once.
  assert.equal(keyRing.domainOf(home), row.domain_id);
});

test('account and region tell domains apart', async (context) => {
  const { keyRing } = await open(context);
  const registries = [
    home,
    registryRef('123456789012', 'eu-west-1'),
    registryRef('123456789013'),
    registryRef('123456789013', 'eu-west-1'),
  ];
  const domains = await Promise.all(registries.map(async (registry) => keyRing.domainOf(registry)));
  assert.equal(new Set(domains).size, 4);
});

test('a domain that does not exist opens nothing', async (context) => {
  const { keyRing } = await open(context);
  const nowhere = 'nowherenowhere22' as KeyDomainId;
  await fails(() => keyRing.generateDataKey(nowhere, 'a'), /there is no key domain nowherenowhere22/);
  await fails(() => keyRing.open(nowhere, 'a', Buffer.alloc(100)), /there is no key domain/);
});

test('another root key opens nothing, and says which one is missing', async (context) => {
  const { database, rootKey, keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const sealed = await keyRing.seal(domain, 'name', plaintext);
  const other = newRootKey();
  await fails(
    () => reopen(database, other).open(domain, 'name', sealed),
    new RegExp(`under the root key ${rootKey.id}`),
  );
  await assert.rejects(
    assertRootKeyFits(database, holdRootKeys(other)),
    new RegExp(`the root key here is ${other.id}`),
  );
  await assertRootKeyFits(database, holdRootKeys(rootKey));
  // A key file with the right id and the wrong bytes.
  await fails(() => reopen(database, { ...other, id: rootKey.id }).open(domain, 'name', sealed), /do not open/);
});

test('a value is sealed inside a transaction, be its key in memory, on its way or not kept', async (context) => {
  const { database, rootKey, keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const sealed = await keyRing.seal(domain, 'name', plaintext);
  for (const cacheMs of [300_000, 0]) {
    const options = { database, roots: holdRootKeys({ ...rootKey, bytes: Buffer.from(rootKey.bytes) }), random };
    const ring = openKeyRing({ ...options, clock: manualClock(1000), cacheMs });
    const begun = Promise.withResolvers<void>();
    const beside = begun.promise.then(() => ring.open(domain, 'name', sealed));
    const inside = database.transact(async () => {
      // The load of whoever is outside waits for the end of this transaction: nobody inside may wait for that one.
      begun.resolve();
      await nextTurn();
      const again = await ring.seal(domain, 'name', plaintext);
      assert.deepEqual(await ring.open(domain, 'name', again), plaintext);
    });
    await inside;
    assert.deepEqual(await beside, plaintext);
    await ring.close();
  }
});

test('any root key fits a new database', async (context) => {
  const { database } = await open(context);
  await assertRootKeyFits(database, holdRootKeys(newRootKey()));
});

test('a row that was changed, or that holds the key of another, does not open', async (context) => {
  const { database, rootKey, keyRing } = await open(context);
  const domain = await keyRing.domainOf(home);
  const foreign = await keyRing.domainOf(registryRef('999999999999'));
  const sealed = await keyRing.seal(domain, 'name', plaintext);
  const rows = await rowsOf(database);
  const mine = rows.find((row) => row.domain_id === domain);
  const theirs = rows.find((row) => row.domain_id === foreign);
  assert.ok(mine !== undefined && theirs !== undefined);
  const flipped = Buffer.from(mine.wrapped_key);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  const changes: readonly Partial<KeyDomainRow>[] = [
    { account_id: '111111111111' },
    { region: 'eu-central-1' },
    { kms_key: 'arn' },
    { key_version: 2 },
    { wrapped_key: theirs.wrapped_key },
    { wrapped_key: flipped },
    { wrapped_key: mine.wrapped_key.subarray(0, 20) },
    { wrapped_key: mine.wrapped_key.subarray(0, 9) },
    { wrapped_key: Buffer.alloc(0) },
  ];
  for (const each of changes) {
    await change(database, domain, each);
    const work = () => reopen(database, rootKey).open(domain, 'name', sealed);
    await fails(work, /do not open|too short|unknown format/);
    await change(database, domain, mine);
  }
  assert.deepEqual(await reopen(database, rootKey).open(domain, 'name', sealed), plaintext);
});
