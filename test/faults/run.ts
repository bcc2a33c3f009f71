// `npm run test:faults`: kills the server with SIGKILL under concurrent pushes and checks what it had acknowledged.

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from '../support/administrator.ts';
import { type OciClient, ociClient, type PushedImage } from '../support/oci-client.ts';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from '../support/server-process.ts';

const kills = Number(process.argv[2] ?? 20);
const pushers = 4;
const repository = 'faults/app';

interface Acknowledged {
  readonly tag: string;
  readonly image: PushedImage;
}

await test(`${kills} kills under concurrent pushes lose nothing that was acknowledged`, async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sallyport-faults-'));
  const acknowledged: Acknowledged[] = [];
  let checked = 0;
  try {
    await createRepository(dataFolder);
    for (let kill = 0; kill < kills; kill += 1) {
      const server = await startServer({ dataFolder });
      checked += await checkAll(server, acknowledged.slice(-40));
      await pushUntilKilled(server, acknowledged, kill);
    }
    const server = await startServer({ dataFolder });
    checked += await checkAll(server, acknowledged);
    assert.equal(await server.stop(), 0);
    await verifyAudit(dataFolder);
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
  console.log(`# kills ${kills}, acknowledged ${acknowledged.length}, pulls checked ${checked}, lost 0`);
  assert.ok(acknowledged.length >= kills, 'the server was killed before it could acknowledge anything');
});

async function createRepository(dataFolder: string): Promise<void> {
  const server = await startServer({ dataFolder });
  const client = new ECRClient(await administratorOf(dataFolder, server.url));
  await client.send(new CreateRepositoryCommand({ repositoryName: repository }));
  client.destroy();
  assert.equal(await server.stop(), 0);
}

async function clientOf(server: ServerProcess): Promise<OciClient> {
  const administrator = await administratorOf(server.dataFolder, server.url);
  return ociClient(server.host, await registryAuthorization(administrator));
}

/** Pushes from several clients until the server is gone; whatever was answered 201 is acknowledged. */
async function pushUntilKilled(server: ServerProcess, acknowledged: Acknowledged[], round: number): Promise<void> {
  const client = await clientOf(server);
  let running = true;
  const push = async (pusher: number) => {
    for (let number = 0; running; number += 1) {
      const tag = `round${round}-${pusher}-${number}`;
      const layers = [randomBytes(randomInt(1, 300_000)), randomBytes(randomInt(1, 3_000_000))];
      try {
        acknowledged.push({ tag, image: await client.pushImage(repository, tag, layers) });
      } catch (error) {
        if (running) throw error;
      }
    }
  };
  const pushing = Array.from({ length: pushers }, (_, pusher) => push(pusher));
  // The moment of the kill is what is random here; nothing is expected of the time itself.
  await new Promise((resolve) => setTimeout(resolve, randomInt(200, 1500)));
  running = false;
  await server.kill();
  await Promise.all(pushing);
  client.close();
}

async function checkAll(server: ServerProcess, acknowledged: readonly Acknowledged[]): Promise<number> {
  const client = await clientOf(server);
  for (const { tag, image } of acknowledged) {
    const manifest = await client.send('GET', `/v2/${repository}/manifests/${tag}`);
    assert.equal(manifest.status, 200, `${tag} was acknowledged`);
    assert.deepEqual(manifest.body, image.manifest);
    const { config, layers } = JSON.parse(manifest.body.toString()) as ParsedManifest;
    for (const [index, descriptor] of [config, ...layers].entries()) {
      const blob = await client.send('GET', `/v2/${repository}/blobs/${descriptor.digest}`);
      assert.equal(blob.status, 200);
      assert.deepEqual(blob.body, image.layers[index], `layer ${index} of ${tag}, byte for byte`);
    }
  }
  client.close();
  return acknowledged.length;
}

interface ParsedManifest {
  readonly config: { readonly digest: string };
  readonly layers: ReadonlyArray<{ readonly digest: string }>;
}

async function verifyAudit(dataFolder: string): Promise<void> {
  const args = [join(checkoutFolder, 'src/main.ts'), 'audit', 'verify', '--data', dataFolder];
  await runCommand(process.execPath, args, { cwd: checkoutFolder });
}
