// A customer key that is switched off while the site runs: in every process at once, in half-open downloads, in verify.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, ECRClient, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { type AdministratorOptions, administratorOf, registryAuthorization } from './support/administrator.ts';
import { imageManifestType, type OciClient, ociClient, type PushedImage } from './support/oci-client.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from './support/server-process.ts';

const connections = 6;
const mib = 1024 * 1024;
const marker = 'marker-51e0aa42-never-in-clear';
const sid = marker.replaceAll('-', '');
const repositories = ['keyed/one', 'keyed/two'] as const;

describe('a site with two workers and repositories under customer keys', () => {
  let root: string;
  let server: ServerProcess;
  let options: AdministratorOptions;
  let authorization: string;
  let kms: Kms.KMSClient;
  let key: string;
  let clients: readonly OciClient[] = [];
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-kms-workers-'));
    server = await startServer({ dataFolder: join(root, 'data'), args: ['--workers', '2'] });
    options = await administratorOf(server.dataFolder, server.url);
    authorization = await registryAuthorization(options);
    kms = new Kms.KMSClient(options);
    key = (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const ecr = new ECRClient(options);
    for (const [index, repositoryName] of repositories.entries()) {
      const encryptionConfiguration = { encryptionType: index === 0 ? 'KMS' : 'KMS_DSSE', kmsKey: key } as const;
      await ecr.send(new CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
      const Statement = [{ Sid: sid, Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }];
      const policyText = JSON.stringify({ Version: '2012-10-17', Statement });
      await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
    }
    ecr.destroy();
    clients = Array.from({ length: connections }, () => ociClient(server.host, authorization));
  });
  after(async () => {
    for (const client of clients) client.close();
    kms.destroy();
    await server.dispose();
    await rm(root, { recursive: true, force: true });
  });

  const disable = () => kms.send(new Kms.DisableKeyCommand({ KeyId: key }));
  const enable = () => kms.send(new Kms.EnableKeyCommand({ KeyId: key }));
  const ask = (path: string) => Promise.all(clients.map(async (client) => (await client.send('GET', path)).status));
  const verify = async () => {
    const args = [join(checkoutFolder, 'src/main.ts'), 'verify', '--json', '--data', server.dataFolder];
    const { stdout } = await runCommand(process.execPath, args, { codes: [0], timeoutMs: 60_000 });
    return JSON.parse(stdout) as { readonly good: boolean; readonly notes: readonly string[] };
  };

  test('a marker in layer, annotation, policy and plaintext is found nowhere on the disk, nor a secret', async () => {
    const [client] = clients;
    assert.ok(client);
    for (const repository of repositories) {
      const pushed: PushedImage = await client.pushImage(repository, 'plain', [Buffer.from(`a layer with ${marker}`)]);
      const annotated: object = { ...JSON.parse(pushed.manifest.toString()), annotations: { note: marker } };
      const body: Buffer = Buffer.from(JSON.stringify(annotated));
      const path = `/v2/${repository}/manifests/annotated`;
      assert.equal((await client.send('PUT', path, body, { 'content-type': imageManifestType })).status, 201);
      assert.deepEqual((await client.send('GET', path)).body, body);
    }
    const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId: key, Plaintext: Buffer.from(marker) }));
    await kms.send(new Kms.DecryptCommand({ CiphertextBlob }));
    const secrets = [marker, options.credentials.secretAccessKey];
    const entries = await readdir(server.dataFolder, { recursive: true, withFileTypes: true });
    for (const { name, parentPath } of entries.filter((entry) => entry.isFile())) {
      const bytes = await readFile(join(parentPath, name));
      // The administrator's profile is there to hold a secret.
      const wanted = parentPath.endsWith('aws') ? [marker, sid] : [...secrets, sid];
      for (const text of wanted) assert.ok(!bytes.includes(text), name);
    }
  });

  test('a disabled key bites on the next request, whoever serves it, and so does an enabled one', async () => {
    for (const repository of repositories) {
      const path = `/v2/${repository}/manifests/plain`;
      for (let round = 0; round < 3; round += 1) {
        assert.deepEqual(await ask(path), Array(connections).fill(200));
        await disable();
        assert.deepEqual(await ask(path), Array(connections).fill(403));
        await enable();
      }
    }
  });

  test('a half-open download ends soon after its key was disabled, and what it gave was right', async () => {
    const [client] = clients;
    assert.ok(client);
    const layer = randomBytes(24 * mib);
    for (const repository of repositories) {
      const digest = await client.pushBlob(repository, layer);
      const got = await new Promise<Buffer>((resolve, reject) => {
        const pieces: Buffer[] = [];
        const url = `${server.url}/v2/${repository}/blobs/${digest}`;
        const sent = request(url, { headers: { authorization } }, (answer) => {
          assert.equal(answer.statusCode, 200);
          answer.once('data', () => {
            // Nothing more is read until the key is off: only what stood in buffers can still come.
            answer.pause();
            disable().then(() => answer.resume(), reject);
          });
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('close', () => resolve(Buffer.concat(pieces)));
          answer.on('error', () => undefined);
        });
        sent.on('error', reject);
        sent.end();
      });
      await enable();
      assert.ok(got.length < layer.length, `all ${got.length} bytes came`);
      assert.ok(got.equals(layer.subarray(0, got.length)));
    }
  });

  test('verify reads what is under a key, and notes one that is disabled, which is no damage', async () => {
    const whole = await verify();
    assert.ok(whole.good);
    assert.ok(!whole.notes.some((note) => note.includes('cannot be used')), whole.notes.join('\n'));
    await disable();
    const { good, notes } = await verify();
    await enable();
    assert.ok(good);
    for (const repository of repositories) {
      const note = notes.find((one) => one.includes(repository) && one.includes('was not looked into'));
      assert.ok(note?.includes(`${key} is Disabled`), notes.join('\n'));
    }
  });
});
