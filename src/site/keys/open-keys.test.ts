// The keys of a data folder: made once, kept over a rotation, taken over from versions before, and missed when lost.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { prepareDataFolder } from '#cli/data-folder.ts';
import { systemClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { fileProvider } from '#services/kms/root/providers/file.ts';
import { rootFiles } from '#services/kms/root/root-files.ts';
import { deriveSecret, newRootKey } from '#services/kms/root/root-key.ts';
import { beginRotation } from '#services/kms/root/rotation.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { databaseFile } from '../data-files.ts';
import { openSiteDatabase, siteMigrations } from '../stores.ts';
import { openFileRoot, openKeys, readKeys } from './open-keys.ts';
import { resumeRotation, rotateKeys } from './rotate-keys.ts';

const platform = { clock: systemClock, random: systemRandom };
let data: string;
beforeEach(async () => {
  data = join(await mkdtemp(join(tmpdir(), 'sallyport-keys-')), 'data');
  await prepareDataFolder(data);
});
afterEach(() => rm(join(data, '..'), { recursive: true, force: true }));

const open = () => openKeys(data, systemRandom, openFileRoot);

/** A site with an account, so that something is under its root key. */
async function makeSite() {
  const keys = await open();
  const stores = await openSiteDatabase(data, platform, keys);
  const { accountId } = await stores.iam.accounts.create({ name: 'home' });
  await stores.iam.accounts.createAdministrator(accountId, async () => undefined);
  await stores.database.close();
  return keys;
}

/** A data folder as the versions before the site key left it. */
async function makeOldSite() {
  const root = newRootKey(systemRandom);
  await makeSite();
  await rm(data, { recursive: true });
  await prepareDataFolder(data);
  const { files, ...keys } = await open();
  await unlink(files.site);
  const { fields } = await fileProvider.keep(root);
  await writeFile(files.root, `sallyport-root-key 1\nid ${root.id}\nkey ${fields.get('key')}\n`);
  const migrations = siteMigrations.filter(({ name }) => name !== '0002-root-key');
  const pageKey = deriveSecret(root, 'database-pages');
  await (await openSqlite({ file: databaseFile(data), migrations, pageKey })).close();
  keys.roots.clear();
  return root;
}

test('a new site has a root key and a site key that tell nothing of one another', async () => {
  const keys = await makeSite();
  assert.notEqual(keys.siteKey.id, keys.roots.current().id);
  assert.notDeepEqual(keys.siteKey.bytes, keys.roots.current().bytes);
  const text = await readFile(keys.files.site, 'latin1');
  assert.equal(text.includes(keys.siteKey.bytes.toString('hex')), false);
  assert.deepEqual((await open()).siteKey, keys.siteKey);
});

test('a folder of a version before keeps what hung on its root key, wherever the upgrade broke off', async () => {
  const root = await makeOldSite();
  const looked = await readKeys(data, systemRandom, openFileRoot);
  await assert.rejects(readFile(rootFiles(data).site), /ENOENT/, 'looking writes nothing');
  const first = await open();
  // As after a kill before the database was touched.
  const second = await open();
  for (const keys of [looked, first, second]) {
    assert.deepEqual(keys && deriveSecret(keys.siteKey, 'audit'), deriveSecret(root, 'audit'));
  }
  await (await openSiteDatabase(data, platform, second)).database.close();
  const keys = await makeSite();
  const next = newRootKey(systemRandom);
  const stores = await openSiteDatabase(data, platform, keys);
  await rotateKeys({ keys, database: stores.database, platform }, next, await fileProvider.keep(next));
  await stores.database.close();
  assert.deepEqual(deriveSecret((await open()).siteKey, 'audit'), deriveSecret(root, 'audit'));
});

test('a start goes on with a rotation that had only begun', async () => {
  const keys = await makeSite();
  const next = newRootKey(systemRandom);
  await beginRotation({ ...keys, random: systemRandom }, next, await fileProvider.keep(next));
  const found = await open();
  assert.equal(found.nextId, next.id);
  const stores = await openSiteDatabase(data, platform, found);
  assert.match((await resumeRotation({ keys: found, database: stores.database, platform })) ?? '', /1 key domains/);
  await stores.database.close();
  const after = await open();
  assert.deepEqual([after.nextId, after.roots.current().id], [undefined, next.id]);
  assert.deepEqual(after.siteKey, keys.siteKey);
});

test('a lost site key, that of another site, and a lost next root key are said', async () => {
  const keys = await makeSite();
  const { files } = keys;
  const text = await readFile(files.site);
  await unlink(files.site);
  await assert.rejects(open(), /site\.key is missing: restore it/);
  await writeFile(files.site, text.subarray(0, 60), { mode: 0o600 });
  await assert.rejects(open(), /site\.key is not one of ours/);
  await writeFile(files.site, text);
  const home = data;
  data = join(home, '../other');
  await prepareDataFolder(data);
  const other = await makeSite();
  await cp(files.root, other.files.root);
  await assert.rejects(open(), /under the root key .*, but the root key here is/);
  data = home;
  const next = newRootKey(systemRandom);
  await beginRotation({ ...keys, random: systemRandom }, next, await fileProvider.keep(next));
  await unlink(files.next);
  await assert.rejects(open(), /root\.key\.next is not that key: put it back/);
});
