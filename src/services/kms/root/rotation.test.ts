// A root key that is replaced: every row under the new one, the site key as it was, and any stop gone on from.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseAccountId, parseRegion, type RegistryRef } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { systemRandom as random } from '#core/random.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { keyDomainRows } from '../domain-keys.ts';
import { openKeyRing } from '../key-ring.ts';
import { type KeyTables, kmsMigrations } from '../tables.ts';
import { fileProvider } from './providers/file.ts';
import { openRecord, readRecord, rootFiles } from './root-files.ts';
import { deriveSecret, newRootKey, type RootKey } from './root-key.ts';
import { holdRootKeys, type RootKeys } from './root-keys.ts';
import { beginRotation, finishRotation, pendingRoot, type RotationOptions } from './rotation.ts';
import { makeSiteKey, readSiteKey, siteKeyOf } from './site-key.ts';
import { StaleRootError } from './standing.ts';
import { noteStandingRoot, type RootKeyTables } from './tables.ts';
import { rootIdOf } from './wrapping.ts';

const domains = 450;

function registryNumber(index: number): RegistryRef {
  const accountId = parseAccountId(String(100_000_000_000 + index));
  const region = parseRegion('us-east-1');
  assert.ok(accountId !== undefined && region !== undefined);
  return { accountId, region };
}

/** A site with many key domains, a sealed value in each. */
async function openSite(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'rotation-'));
  context.after(() => rm(folder, { recursive: true }));
  const files = rootFiles(folder);
  const record = await openRecord(files.root, () => fileProvider.keep(newRootKey(random)), random);
  const roots = holdRootKeys(await fileProvider.open(record));
  const siteKey = await makeSiteKey({ file: files.site, roots, random }, siteKeyOf(newRootKey(random)));
  const database = await openSqlite({ file: join(folder, 'db'), migrations: kmsMigrations });
  context.after(() => database.close());
  const standing = { root_id: record.id, site_key_id: siteKey.id, since_ms: 1 };
  await database.transact<RootKeyTables, void>((transaction) => noteStandingRoot(transaction, standing));
  const clock = manualClock(1000);
  const shared: Array<readonly string[]> = [];
  const options: RotationOptions = {
    ...{ files, roots, siteKey, database, rows: [keyDomainRows], clock, random },
    share: async (keys) => void shared.push(keys.map(({ id }) => id)),
  };
  const ringOf = (held: RootKeys) => openKeyRing({ database, roots: held, clock, random });
  const ring = ringOf(roots);
  const sealed = new Map<KeyDomainId, Buffer>();
  for (let index = 0; index < domains; index += 1) {
    const domain = await ring.domainOf(registryNumber(index));
    sealed.set(domain, await ring.seal(domain, 'value', Buffer.from(`value ${index}`)));
  }
  const opensAll = async (held: RootKeys) => {
    const other = ringOf(held);
    for (const [domain, value] of sealed) await other.open(domain, 'value', value);
  };
  const idsInRows = async () => {
    const rows = await database.tables<KeyTables>().selectFrom('key_domain').select('wrapped_key').execute();
    return [...new Set(rows.map(({ wrapped_key }) => rootIdOf(wrapped_key)))];
  };
  return { folder, files, roots, siteKey, database, options, shared, ringOf, opensAll, idsInRows, old: record.id };
}

async function prepare({ options }: Awaited<ReturnType<typeof openSite>>): Promise<RootKey> {
  const next = newRootKey(random);
  await beginRotation(options, next, await fileProvider.keep(next));
  return next;
}

test('every row is under the new root, everything opens, and nothing of the old root is left', async (context) => {
  const site = await openSite(context);
  const oldText = await readFile(site.files.root, 'latin1');
  const next = await prepare(site);
  const kept = { ...next, bytes: Buffer.from(next.bytes) };
  assert.deepEqual(await finishRotation(site.options, next), { 'key domains': domains });
  assert.deepEqual(await site.idsInRows(), [next.id]);
  assert.deepEqual((await readdir(join(site.folder, 'keys'))).toSorted(), ['root.key', 'site.key']);
  const record = await readRecord(site.files.root);
  assert.ok(record !== undefined && record.id === next.id);
  const alone = holdRootKeys(await fileProvider.open(record));
  await site.opensAll(alone);
  assert.deepEqual(alone.current(), kept);
  const siteKey = await readSiteKey({ file: site.files.site, roots: alone, random });
  assert.deepEqual(siteKey && deriveSecret(siteKey, 'audit'), deriveSecret(site.siteKey, 'audit'));
  // Processes have both keys before anything is under the new one, and the new one alone at the end.
  assert.deepEqual(site.shared, [[next.id, site.old], [next.id]]);
  assert.equal((await readFile(site.files.site, 'latin1')).includes(site.old), false);
  assert.equal((await readFile(site.files.root, 'latin1')).includes(oldText.slice(50, 100)), false);
});

test('whoever stays with the old root can read no row, and can write none', async (context) => {
  const site = await openSite(context);
  const stays = holdRootKeys({ id: site.old, bytes: Buffer.from(site.roots.current().bytes) });
  const next = await prepare(site);
  await finishRotation(site.options, next);
  await assert.rejects(site.opensAll(stays), new RegExp(`under the root key ${next.id}, but the root key here is`));
  const newcomer = registryNumber(domains + 1);
  await assert.rejects(async () => site.ringOf(stays).domainOf(newcomer), StaleRootError);
  await site.ringOf(holdRootKeys({ ...next })).domainOf(newcomer);
});

test('a process that learns of the new root between wrapping and writing writes under the new one', async (context) => {
  const site = await openSite(context);
  const next = newRootKey(random);
  const learns = holdRootKeys({ id: site.old, bytes: Buffer.from(site.roots.current().bytes) });
  await beginRotation(site.options, next, await fileProvider.keep(next));
  let isTold = false;
  const options: RotationOptions = { ...site.options, share: async () => undefined };
  await finishRotation(options, next);
  const slow: RootKeys = {
    ...learns,
    current() {
      const before = learns.current();
      if (!isTold) learns.replace([{ ...next }, before]);
      const first = !isTold;
      isTold = true;
      return first ? before : learns.current();
    },
  };
  const domain = await site.ringOf(slow).domainOf(registryNumber(domains + 2));
  assert.ok(domain.length === 16);
  assert.deepEqual(await site.idsInRows(), [next.id]);
});

test('a rotation that failed at a row keeps both keys, and goes on when the row is back', async (context) => {
  const site = await openSite(context);
  const change = (id: string, wrapped: Uint8Array) =>
    site.database.transact<KeyTables, void>(async (transaction) => {
      await transaction.updateTable('key_domain').set({ wrapped_key: wrapped }).where('domain_id', '=', id).execute();
    });
  const rows = await site.database.tables<KeyTables>().selectFrom('key_domain').selectAll().execute();
  const row = rows[300];
  assert.ok(row !== undefined);
  const flipped = Buffer.from(row.wrapped_key);
  flipped[40] = (flipped[40] ?? 0) ^ 1;
  await change(row.domain_id, flipped);
  const next = await prepare(site);
  await assert.rejects(finishRotation(site.options, next), /do not open/);
  assert.equal((await readRecord(site.files.root))?.id, site.old);
  await change(row.domain_id, row.wrapped_key);
  // As the next start does: the old key is opened, and the bridge leads to the new one.
  const record = await readRecord(site.files.root);
  assert.ok(record !== undefined);
  const roots = holdRootKeys(await fileProvider.open(record));
  const found = await pendingRoot(site.files, roots.current(), random);
  assert.ok(found !== undefined && found.id === next.id);
  await finishRotation({ ...site.options, roots }, found);
  assert.deepEqual(await site.idsInRows(), [next.id]);
  await site.opensAll(roots);
});
