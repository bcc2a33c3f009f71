// A root key that an HSM keeps: SoftHSM. It is stopped under a running site, which seals itself, and comes back.

import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Probes of the HSM come by the clock.
import { setTimeout as pause } from 'node:timers/promises';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from '../support/administrator.ts';
import { ociClient } from '../support/oci-client.ts';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from '../support/server-process.ts';
import type { ClientTest } from './client-test.ts';
import { cacheFolder } from './tools.ts';

const binding = 'pkcs11js@2.1.7';
const library = '/usr/lib/softhsm/libsofthsm2.so';
const pin = '918273';

export const softHsm: ClientTest = {
  name: 'SoftHSM as the root of trust',
  programs: ['softhsm2-util', 'npm'],
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-hsm-'));
    try {
      for (const workers of ['1', '2']) await liveThrough(join(folder, workers), workers);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function liveThrough(folder: string, workers: string): Promise<void> {
  const tokens = join(folder, 'tokens');
  const away = join(folder, 'tokens-away');
  const config = await prepare(folder, tokens);
  const data = join(folder, 'data');
  const options = { dataFolder: data, args: ['--workers', workers, '--config', config] };
  await runCommand(process.execPath, [
    ...[join(checkoutFolder, 'src/main.ts'), 'rootkey', 'init', '--provider', 'pkcs11'],
    ...['--data', data, '--config', config],
  ]);
  let server = await startServer(options);
  try {
    const administrator = await administratorOf(data, server.url);
    const ecr = new ECRClient(administrator);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'hsm/app' }));
    ecr.destroy();
    const authorization = await registryAuthorization(administrator);
    await pushes(server, authorization, 'before');
    await rename(tokens, away);
    await until(server, authorization, 503);
    assert.match((await tells(server)).text, /The site is sealed: The HSM that keeps the root key cannot be used\./);
    await rename(away, tokens);
    await until(server, authorization, 200);
    await pushes(server, authorization, 'after');
    assert.equal(await server.stop(), 0);
    await rename(tokens, away);
    server = await startServer(options);
    assert.match(server.lines.join('\n'), /Sallyport is sealed at .*The HSM that keeps the root key cannot be used/);
    await rename(away, tokens);
    await until(server, authorization, 200);
    await refuses(folder, server, authorization);
    assert.equal(server.lines.join('\n').includes(pin), false);
  } finally {
    await server.dispose();
  }
}

/** A PIN that was changed at the HSM and not here: the site says so and seals itself, and opens with the right one. */
async function refuses(folder: string, server: ServerProcess, authorization: string): Promise<void> {
  const file = join(folder, 'pin');
  await writeFile(file, '000000\n', { mode: 0o600 });
  await until(server, authorization, 503);
  assert.match((await tells(server)).text, /The HSM that keeps the root key refuses the PIN\./);
  await server.said(/CKR_PIN_INCORRECT.* it is tried no more before the file/);
  await writeFile(file, `${pin}\n`, { mode: 0o600 });
  await until(server, authorization, 200);
}

/** A token of its own, and a configuration that asks it often and bears no absence. */
async function prepare(folder: string, tokens: string): Promise<string> {
  await mkdir(tokens, { recursive: true });
  const conf = join(folder, 'softhsm2.conf');
  await writeFile(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  // Inherited by the servers and their helpers.
  process.env.SOFTHSM2_CONF = conf;
  const init = ['--init-token', '--free', '--label', 'sallyport', '--pin', pin, '--so-pin', '12345678'];
  await runCommand('softhsm2-util', init);
  await writeFile(join(folder, 'pin'), `${pin}\n`, { mode: 0o600 });
  const file = join(folder, 'sallyport.yaml');
  const pkcs11 = {
    module: library,
    token: 'sallyport',
    pinFile: join(folder, 'pin'),
    binding: await installedBinding(),
  };
  await writeFile(file, `keys: {rootCacheSeconds: 0, pkcs11: ${JSON.stringify(pkcs11)}}\n`);
  return file;
}

/** Built once, outside the checkout, as it is no dependency. */
async function installedBinding(): Promise<string> {
  const folder = join(cacheFolder, 'pkcs11');
  const path = join(folder, 'node_modules/pkcs11js');
  const isThere = await access(join(path, 'build/Release/pkcs11.node')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    await runCommand('npm', ['install', '--no-save', '--foreground-scripts', '--prefix', folder, binding]);
  }
  return path;
}

async function pushes(server: ServerProcess, authorization: string, tag: string): Promise<void> {
  const client = ociClient(server.host, authorization);
  await client.pushImage('hsm/app', tag, [Buffer.from(`a layer ${tag}`)]);
  const { status } = await client.send('GET', `/v2/hsm/app/manifests/${tag}`);
  client.close();
  assert.equal(status, 200);
}

async function tells(server: ServerProcess, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}/v2/hsm/app/manifests/before`, { headers });
  return { status: answer.status, text: await answer.text() };
}

/** The HSM is asked every two seconds. */
async function until(server: ServerProcess, authorization: string, status: number): Promise<void> {
  for (let tries = 0; tries < 120; tries += 1) {
    if ((await tells(server, { authorization })).status === status) return;
    await pause(500);
  }
  assert.fail(`it never answered ${status}:\n${server.lines.join('\n')}`);
}
