// Certificates of the operator's own: read with a clear refusal, and reloaded only when they fit together.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { systemClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { listen } from './listener.ts';
import { openSelfSigned } from './self-signed.ts';
import { type CertificateFiles, readCertificate, watchCertificate } from './tls.ts';

let root: string;
const pair = (name: string) => ({ certificate: join(root, name, 'server.crt'), key: join(root, name, 'server.key') });
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-tls-'));
  for (const name of ['old', 'new']) {
    const folder = join(root, name);
    await openSelfSigned({ folder, names: [`${name}.test`], clock: systemClock, random: systemRandom });
  }
});
after(() => rm(root, { recursive: true, force: true }));

test('a file that is missing, is no PEM, or belongs to another pair is refused by name', async () => {
  const { certificate, key } = pair('old');
  assert.throws(
    () => readCertificate({ certificate, key: join(root, 'none') }),
    /TLS file .*none cannot be read: ENOENT/,
  );
  const rubbish = join(root, 'rubbish');
  await writeFile(rubbish, 'rubbish');
  assert.throws(() => readCertificate({ certificate: rubbish, key }), /rubbish and .*server\.key cannot be used: /);
  assert.throws(() => readCertificate({ certificate, key: pair('new').key }), /cannot be used: .*mismatch/);
});

async function install(name: string, into: CertificateFiles, members: ReadonlyArray<keyof CertificateFiles>) {
  for (const member of members) {
    await copyFile(pair(name)[member], `${into[member]}.new`);
    await rename(`${into[member]}.new`, into[member]);
  }
}

test('a new pair is taken without a restart; half of it is told and changes nothing', async () => {
  const files = { certificate: join(root, 'live/tls.crt'), key: join(root, 'live/tls.key') };
  await mkdir(join(root, 'live'));
  await install('old', files, ['certificate', 'key']);
  const handle = async (_message: unknown, response: { end(text: string): unknown }) => void response.end('ok');
  const connections = { max: 9, perAddressMax: 9, pipelinedMax: 2, headMs: 5000 };
  const listener = await listen({ host: '127.0.0.1', port: 0, secure: readCertificate(files), handle, connections });
  const ca = [await readFile(join(root, 'old/ca.crt'), 'utf8'), await readFile(join(root, 'new/ca.crt'), 'utf8')];
  const shownName = async () => {
    const agent = new Agent({ ca, checkServerIdentity: () => undefined });
    const request = get({ port: listener.port, host: '127.0.0.1', agent });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    const { subjectaltname } = (answer.socket as TLSSocket).getPeerCertificate();
    agent.destroy();
    return subjectaltname;
  };
  let tell: (what: string) => void = () => undefined;
  const told = () => new Promise<string>((resolve) => (tell = resolve));
  const unwatch = watchCertificate(
    files,
    (context) => {
      listener.setSecureContext(context);
      tell('changed');
    },
    (error) => tell(String(error)),
    20,
  );
  try {
    assert.equal(await shownName(), 'DNS:old.test');
    const fault = told();
    await install('new', files, ['certificate']);
    assert.match(await fault, /tls\.crt and .*tls\.key cannot be used/);
    assert.equal(await shownName(), 'DNS:old.test');
    const change = told();
    await install('new', files, ['key']);
    assert.equal(await change, 'changed');
    assert.equal(await shownName(), 'DNS:new.test');
  } finally {
    unwatch();
    await listener.close(0);
  }
});
