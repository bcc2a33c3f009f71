// A disk that answers EIO under a running site: 503 in the shape of the door, all else goes on, and then all is well.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { loadConfig } from '../../../src/config/load.ts';
import { openSite, type Site, systemPlatform } from '../../../src/site/open-site.ts';
import { type FaultyFileSystem, faultyFileSystem } from '../../../src/stores/blobs/testing/faulty-file-system.ts';
import { administratorOf, registryAuthorization } from '../../support/administrator.ts';
import { digestOf, type OciAnswer, type OciClient, ociClient, type PushedImage } from '../../support/oci-client.ts';

const repositoryName = 'errors/app';

describe('a disk with errors', () => {
  let root: string;
  let disk: FaultyFileSystem;
  let site: Site;
  let oci: OciClient;
  let kept: PushedImage;
  const log: string[] = [];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-errors-'));
    const data = join(root, 'data');
    disk = faultyFileSystem(join(data, 'blobs'));
    const flags = { '--data': data, '--listen': '127.0.0.1:0', '--config': undefined };
    const { config } = loadConfig({ flags, environment: {}, workingFolder: root });
    const platform = { ...systemPlatform, fileSystem: disk.fileSystem };
    site = await openSite(config, { log: (line) => log.push(line), platform });
    const administrator = await administratorOf(data, site.url);
    oci = ociClient(new URL(site.url).host, await registryAuthorization(administrator));
    const ecr = new ECRClient(administrator);
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    ecr.destroy();
    kept = await oci.pushImage(repositoryName, 'kept', [randomBytes(2_500_000)]);
  });
  after(async () => {
    oci.close();
    await site.close();
    await rm(root, { recursive: true });
  });

  const push = (bytes: Buffer) =>
    oci.send('POST', `/v2/${repositoryName}/blobs/uploads/?digest=${digestOf(bytes)}`, bytes);
  const pull = (bytes: Buffer) => oci.send('GET', `/v2/${repositoryName}/blobs/${digestOf(bytes)}`);

  async function manifestGoesOn(): Promise<void> {
    const { status, body } = await oci.send('GET', `/v2/${repositoryName}/manifests/kept`);
    assert.deepEqual([status, body], [200, kept.manifest]);
  }

  for (const call of ['create', 'write', 'sync', 'close', 'link', 'syncFolder']) {
    test(`${call}: a push is refused and leaves nothing, pulls go on, the same push is taken afterwards`, async () => {
      const bytes = randomBytes(200_000);
      disk.fail(call);
      assertFailed(await push(bytes));
      await manifestGoesOn();
      for (const layer of kept.layers) assert.deepEqual((await pull(layer)).body, layer);
      disk.fail(undefined);
      assert.equal((await pull(bytes)).status, 404);
      assert.equal((await push(bytes)).status, 201);
      assert.deepEqual((await pull(bytes)).body, bytes);
    });
  }

  for (const call of ['openToRead', 'read']) {
    test(`${call}: a pull is refused, manifests and pushes go on, the same pull succeeds afterwards`, async () => {
      disk.fail(call);
      for (const layer of kept.layers) assertFailed(await pull(layer));
      await manifestGoesOn();
      assert.equal((await push(randomBytes(1000))).status, 201);
      disk.fail(undefined);
      for (const layer of kept.layers) assert.deepEqual((await pull(layer)).body, layer);
    });
  }

  function assertFailed({ status, headers, body }: OciAnswer): void {
    assert.equal(status, 503, body.toString());
    assert.match(headers['content-type'] ?? '', /^application\/json/);
    const { errors } = JSON.parse(body.toString()) as { errors: ReadonlyArray<{ code: string; message: string }> };
    assert.deepEqual(
      errors.map(({ code, message }) => [code, message]),
      [['UNKNOWN', 'The disk failed.']],
    );
    assert.match(log.at(-1) ?? '', /EIO/, 'the cause is in the log, and only there');
  }
});
