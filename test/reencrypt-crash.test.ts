// A server that is killed while it moves a repository to another key: nothing is lost, and it goes on by itself.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { type AdministratorOptions, administratorOf, registryAuthorization } from './support/administrator.ts';
import { type OciClient, ociClient, type PushedImage } from './support/oci-client.ts';
import { assertPulls, awaitEnd, awaitMove, pushImages } from './support/reencryption.ts';
import { runCommand } from './support/run-command.ts';
import { callAs } from './support/sallyport-client.ts';
import { checkoutFolder, type ServerProcess, startServer } from './support/server-process.ts';

const mib = 1024 * 1024;
const name = 'team/app';
const triesMax = 20;
const killsMin = 2;

for (const args of [[], ['--workers', '2']]) {
  describe(`a server that is killed half way, started with ${args.join(' ') || 'nothing more'}`, () => {
    let root: string;
    let server: ServerProcess;
    let options: AdministratorOptions;
    let clients: readonly OciClient[] = [];
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'sallyport-reencrypt-'));
      await begin();
    });
    afterEach(async () => {
      for (const client of clients) client.close();
      await server.dispose();
      await rm(root, { recursive: true, force: true });
    });

    async function begin(): Promise<void> {
      server = await startServer({ dataFolder: join(root, 'data'), args });
      options = await administratorOf(server.dataFolder, server.url);
      for (const client of clients) client.close();
      const authorization = await registryAuthorization(options);
      // Several connections, so that every worker is asked.
      clients = Array.from({ length: 4 }, () => ociClient(server.host, authorization));
    }

    async function pullsEverywhere(images: ReadonlyMap<string, PushedImage>): Promise<void> {
      const pulled = [...images].flatMap(([tag, image]) => clients.map((oci) => assertPulls(oci, name, tag, image)));
      await Promise.all(pulled);
    }

    async function newKey(): Promise<string> {
      const kms = new KMSClient(options);
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      kms.destroy();
      return KeyMetadata?.Arn ?? '';
    }

    test('goes on after its next start; every image pulls byte for byte all the time', {
      timeout: 600_000,
    }, async () => {
      const ecr = new ECRClient(options);
      await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
      ecr.destroy();
      const [oci] = clients;
      assert.ok(oci);
      const images = new Map(await pushImages(oci, name, 2, { layers: 6, bytes: 1.2 * mib }));
      let killed = 0;
      for (let tries = 1; killed < killsMin; tries += 1) {
        assert.ok(tries < triesMax, 'each of them was over before it could be killed');
        const kmsKey = await newKey();
        const encryptionType = tries % 2 === 0 ? 'KMS_DSSE' : 'KMS';
        await callAs({ options }, 'ReencryptRepository', { repositoryName: name, kmsKey, encryptionType });
        const wanted = tries % 6;
        const half = await awaitMove(
          { options },
          name,
          ({ status, moved }) => status === 'COMPLETE' || moved.layers > wanted,
        );
        const pushed = await clients[0]?.pushImage(name, `while-${tries}`, [randomBytes(50_000)]);
        assert.ok(pushed);
        images.set(`while-${tries}`, pushed);
        await server.kill();
        killed += half.status === 'COMPLETE' ? 0 : 1;
        await begin();
        await pullsEverywhere(images);
        const end = await awaitEnd({ options }, name);
        assert.equal(end.status, 'COMPLETE');
        await pullsEverywhere(images);
      }
      await server.stop();
      const verify = [join(checkoutFolder, 'src/main.ts'), 'verify', '--data', server.dataFolder];
      const { stdout } = await runCommand(process.execPath, verify, { codes: [0], timeoutMs: 120_000 });
      assert.match(stdout, /Nothing is damaged/);
    });
  });
}
