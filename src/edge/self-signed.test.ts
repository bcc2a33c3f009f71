// The local CA: made once, good for every name of the site, renewed when it has to be, repaired when half is lost.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { manualClock, systemClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { openSelfSigned } from './self-signed.ts';
import { readCertificate } from './tls.ts';

const names = ['localhost', '127.0.0.1', '::1', 'fd00::12', 'registry.example.com', '*.dkr.ecr.us-east-1.example.com'];
const dayMs = 24 * 3600 * 1000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-ca-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (more: { names?: readonly string[]; clock?: typeof systemClock } = {}) =>
  openSelfSigned({ folder, names, clock: systemClock, random: systemRandom, ...more });
const text = (file: string) => readFile(file, 'utf8');

test('the certificate fits every name, its key is private, and verifiers find all they ask for', async () => {
  const { authority, certificate } = await open();
  const ca = new X509Certificate(await text(authority));
  const leaf = new X509Certificate(await text(certificate));
  assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey) && ca.ca && !leaf.ca);
  for (const host of ['localhost', 'registry.example.com', '111111111111.dkr.ecr.us-east-1.example.com']) {
    assert.ok(leaf.checkHost(host), host);
  }
  for (const address of ['127.0.0.1', '::1', 'fd00::12']) assert.ok(leaf.checkIP(address), address);
  assert.equal(leaf.checkHost('other.example.com'), undefined);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'for servers only');
  for (const key of ['ca.key', 'server.key']) assert.equal((await stat(join(folder, key))).mode & 0o777, 0o600);
});

test('a client that trusts the CA gets through to a real listener', async () => {
  const files = await open();
  const server = createServer(readCertificate(files), (socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'registry.example.com',
    ca: await text(files.authority),
  });
  assert.equal(String((await once(socket, 'data'))[0]), 'hello');
  assert.ok(socket.authorized);
  socket.destroy();
  server.close();
});

test('the second start changes nothing; other names bring a new certificate of the same CA', async () => {
  const first = await open();
  const [ca, leaf] = [await text(first.authority), await text(first.certificate)];
  await open();
  assert.deepEqual([await text(first.authority), await text(first.certificate)], [ca, leaf]);
  // A name that merely begins like one that is held is another name.
  await open({ names: ['registry.example.co'] });
  assert.equal(await text(first.authority), ca);
  assert.notEqual(await text(first.certificate), leaf);
});

test('near its end the certificate is renewed, and the CA stays', async () => {
  const clock = manualClock(systemClock.nowMs());
  const { authority, certificate } = await open({ clock });
  const before = [await text(authority), await text(certificate)];
  clock.advance(360 * dayMs);
  await open({ clock });
  assert.equal(await text(certificate), before[1], '37 days are left');
  clock.advance(20 * dayMs);
  await open({ clock });
  assert.equal(await text(authority), before[0]);
  assert.notEqual(await text(certificate), before[1]);
});

const harm = [
  ['its certificate is damaged', 'server.crt', 'rubbish'],
  ['its key is damaged', 'server.key', ''],
  ['the CA is damaged', 'ca.crt', 'rubbish'],
] as const;
for (const [what, file, content] of harm) {
  test(`when ${what} the pair is made anew and fits together`, async () => {
    await open();
    await writeFile(join(folder, file), content);
    const files = await open();
    assert.doesNotThrow(() => readCertificate(files));
    const ca = new X509Certificate(await text(files.authority));
    assert.ok(new X509Certificate(await text(files.certificate)).verify(ca.publicKey));
  });
}

test('a key of another certificate, as a crash between two renames leaves it, is found', async () => {
  const { key } = await open();
  const old = await text(key);
  await open({ names: [...names, 'more.example.com'] });
  await writeFile(key, old);
  const files = await open({ names: [...names, 'more.example.com'] });
  assert.doesNotThrow(() => readCertificate(files));
});
