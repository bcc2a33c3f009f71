// The doctor's findings for whatever can be wrong: each says what to do, and nothing is made by looking.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { prepareDataFolder } from '#cli/data-folder.ts';
import { loadConfig } from '#config/load.ts';
import { manualClock, systemClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { openSelfSigned } from '#edge/self-signed.ts';
import { rootFiles } from '#services/kms/root/root-files.ts';
import { examine } from './doctor.ts';
import { openFileRoot, openKeys } from './keys/open-keys.ts';
import { openSiteDatabase, type Platform } from './stores.ts';

const platform: Platform = { clock: systemClock, random: systemRandom };
const dayMs = 24 * 3600 * 1000;
let root: string;
let data: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-doctor-'));
  data = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function findings(yaml = '', on = platform) {
  const file = join(root, 'sallyport.yaml');
  await writeFile(file, `listen: 127.0.0.1:0\n${yaml}\n`);
  const { config } = loadConfig({ flags: { '--data': data, '--config': file }, environment: {}, workingFolder: root });
  return examine(config, on, { readsBytes: true });
}

/** The findings that are not good, one line each; every one of them has a remedy. */
async function complaints(yaml = '', on = platform): Promise<readonly string[]> {
  const bad = (await findings(yaml, on)).filter(({ ok }) => !ok);
  for (const { remedy, check } of bad) assert.ok(remedy !== undefined && remedy.length > 10, check);
  return bad.map(({ check, detail, remedy }) => `${check}: ${detail} | ${remedy}`);
}

async function openBeside(folder: string) {
  return openSiteDatabase(folder, platform, await openKeys(folder, platform.random, openFileRoot));
}

async function makeSite() {
  await prepareDataFolder(data);
  const { database, iam } = await openBeside(data);
  const { accountId } = await iam.accounts.create({ name: 'home' });
  await iam.accounts.createAdministrator(accountId, async () => undefined);
  await database.close();
}

test('before the first start all is well, and looking makes nothing', async () => {
  const found = await findings();
  assert.deepEqual(found.map(({ check }) => check).sort(), [
    'TLS',
    'clock',
    'data folder',
    'free space',
    'keys',
    'listen',
    'managementListen',
    'memory image',
  ]);
  assert.deepEqual(await complaints(), []);
  await assert.rejects(stat(data), /ENOENT/);
});

test('a site that is well', async () => {
  await makeSite();
  assert.deepEqual(await complaints(), []);
});

test('a data folder that others can read, or that is a file', async () => {
  await makeSite();
  await chmod(data, 0o755);
  assert.match((await complaints())[0] ?? '', /data folder: .* has mode 755: others can look into it \| chmod 700/);
  await rm(data, { recursive: true });
  await writeFile(data, '');
  assert.match((await complaints())[0] ?? '', /data folder: .* is no folder \| Choose another --data/);
});

test('a root key that is lost, open to others, or of another site; a lost database', async () => {
  await makeSite();
  const key = rootFiles(data).root;
  await chmod(key, 0o644);
  assert.match((await complaints())[0] ?? '', /keys: .*mode 644/);
  await rm(key);
  assert.match((await complaints())[0] ?? '', /keys: .*root\.key is lost, and the database needs it \| Restore/);
  await assert.rejects(stat(key), /ENOENT/, 'no new key was made');
  const another = join(root, 'another');
  await mkdir(another);
  await (await openBeside(another)).database.close();
  await copyFile(rootFiles(another).root, key);
  await chmod(key, 0o600);
  assert.match((await complaints())[0] ?? '', /keys: .*root key/i);
  await rm(join(data, 'sallyport.db'));
  assert.match((await complaints())[0] ?? '', /sallyport\.db is lost/);
});

test('a clock that went back behind the audit log', async () => {
  await makeSite();
  await mkdir(join(data, 'audit'));
  const log = join(data, 'audit/1.jsonl');
  await writeFile(log, '', { mode: 0o600 });
  assert.deepEqual(await complaints(), []);
  const ahead = new Date(systemClock.nowMs() + 10 * 60 * 1000);
  await utimes(log, ahead, ahead);
  assert.match(
    (await complaints())[0] ?? '',
    /^clock: .* before .* when the audit log was last written \| Set the clock/,
  );
  const past = { ...platform, clock: manualClock(0) };
  assert.match((await complaints('', past))[0] ?? '', /^clock: 1970/);
});

test('a taken port, and an address of no interface', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const taken = await complaints(`managementListen: 127.0.0.1:${port}`);
  holder.close();
  assert.match(taken[0] ?? '', /^managementListen: .* cannot be had: EADDRINUSE \| Choose another address, or end/);
});

test('plaintext beyond loopback, unless allowed', async () => {
  const beyond = 'managementListen: 0.0.0.0:0';
  assert.match((await complaints(beyond))[0] ?? '', /^TLS: off, .* \| Set tls: self-signed/);
  assert.deepEqual(await complaints(`${beyond}\nallowPlaintext: true`), []);
});

test('certificates: missing, of another key, near their end, readable by all', async () => {
  const folder = join(root, 'tls');
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const yaml = `tls: {certificate: ${certificate}, key: ${key}}`;
  assert.match((await complaints(yaml))[0] ?? '', /^TLS: The TLS file .* cannot be read: ENOENT\. \| Name a cert/);
  await openSelfSigned({ folder, names: ['localhost'], ...platform });
  assert.deepEqual(await complaints(yaml), []);
  const later = { ...platform, clock: manualClock(systemClock.nowMs() + 390 * dayMs) };
  assert.match((await complaints(yaml, later))[0] ?? '', /^TLS: .* until .* \| Put a new pair in its place/);
  await chmod(key, 0o644);
  assert.match((await complaints(yaml))[0] ?? '', /^TLS: .*mode 644: everybody can read it \| chmod 600/);
  await openSelfSigned({ folder: join(root, 'other'), names: ['localhost'], ...platform });
  const mixed = `tls: {certificate: ${certificate}, key: ${join(root, 'other/server.key')}}`;
  assert.match((await complaints(mixed))[0] ?? '', /^TLS: .* cannot be used: .*mismatch/);
});
