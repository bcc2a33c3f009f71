// A disk that fills up or turns read-only under a server: clear refusals, reads go on, writes come back by themselves.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  ECRServiceException,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from '../../support/administrator.ts';
import {
  digestOf,
  imageManifestType,
  type OciAnswer,
  type OciClient,
  ociClient,
  type PushedImage,
} from '../../support/oci-client.ts';
import { type ServerProcess, startServer } from '../../support/server-process.ts';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from './small-disk.ts';

const mebibyte = 1024 * 1024;
const repositoryName = 'disk/app';

describe('a disk of 64 MiB', { skip: noSmallDisk ?? false }, () => {
  let disk: SmallDisk;
  let server: ServerProcess;
  let oci: OciClient;
  let ecr: ECRClient;
  let kept: PushedImage;

  before(async () => {
    disk = await mountSmallDisk(64);
    server = await startServer({ dataFolder: join(disk.folder, 'data') });
    const administrator = await administratorOf(server.dataFolder, server.url);
    oci = ociClient(server.host, await registryAuthorization(administrator));
    ecr = new ECRClient(administrator);
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    kept = await oci.pushImage(repositoryName, 'kept', [randomBytes(mebibyte)]);
  });
  after(async () => {
    oci?.close();
    ecr?.destroy();
    await server?.dispose();
    await disk?.unmount();
  });

  const sendLayer = (bytes: Buffer) =>
    oci.send('POST', `/v2/${repositoryName}/blobs/uploads/?digest=${digestOf(bytes)}`, bytes);

  async function pullsKept(): Promise<void> {
    const manifest = await oci.send('GET', `/v2/${repositoryName}/manifests/kept`);
    assert.deepEqual([manifest.status, manifest.body], [200, kept.manifest], manifest.body.toString());
    for (const layer of kept.layers) {
      const { status, body } = await oci.send('GET', `/v2/${repositoryName}/blobs/${digestOf(layer)}`);
      assert.deepEqual([status, body], [200, layer]);
    }
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName }));
    assert.ok(imageDetails?.some(({ imageDigest }) => imageDigest === kept.digest));
  }

  test('layers are refused while it is nearly full; reads, small writes and deletes go on', async () => {
    let refused: OciAnswer | undefined;
    for (let count = 0; count < 20 && refused === undefined; count += 1) {
      const answer = await sendLayer(randomBytes(5 * mebibyte));
      if (answer.status !== 201) refused = answer;
    }
    assert.ok(refused, 'a disk of 64 MiB took 100 MiB');
    assertUnavailable(refused, /nearly full/);
    await pullsKept();
    await assert.rejects(sendPart(5 * mebibyte), unavailable(/nearly full/));
    const again = await oci.send('PUT', `/v2/${repositoryName}/manifests/again`, kept.manifest, {
      'content-type': imageManifestType,
    });
    assert.equal(again.status, 201, again.body.toString());
    assert.equal((await oci.send('DELETE', `/v2/${repositoryName}/manifests/again`)).status, 202);
  });

  test('with no byte left nothing is promised, and all comes back by itself with the room', async () => {
    await disk.fillUpTo(0);
    // What was measured a moment ago may still be believed: a call finds out at the latest when it writes.
    const refusals = await untilRefused(() => sendLayer(randomBytes(100_000)));
    assertUnavailable(refusals, /full|unavailable|cannot be written/);
    await assert.rejects(sendPart(1000), unavailable(/full|unavailable|cannot be written/));
    await disk.empty();
    await untilTaken(async () => (await oci.send('GET', '/v2/')).status === 200);
    await pullsKept();
  });

  async function sendPart(sizeBytes: number): Promise<void> {
    const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    const layerPartBlob = randomBytes(sizeBytes);
    const range = { partFirstByte: 0, partLastByte: sizeBytes - 1 };
    await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, layerPartBlob, ...range }));
  }

  test('layers are refused while their disk is read-only; all else goes on', async () => {
    const unlock = await disk.lock('data/blobs');
    try {
      assertUnavailable(await sendLayer(randomBytes(1000)), /read-only/);
      await assert.rejects(sendPart(1000), unavailable(/read-only/));
      await pullsKept();
      const put = new PutImageCommand({ repositoryName, imageTag: 'other', imageManifest: kept.manifest.toString() });
      await ecr.send(put);
    } finally {
      await unlock();
    }
    assert.equal((await sendLayer(randomBytes(1000))).status, 201);
    await pullsKept();
  });
});

/** 503 as the specification spells it. */
function assertUnavailable({ status, headers, body }: OciAnswer, message: RegExp): void {
  assert.equal(status, 503, body.toString());
  assert.match(headers['content-type'] ?? '', /^application\/json/);
  const { errors } = JSON.parse(body.toString()) as { errors: ReadonlyArray<{ code: string; message: string }> };
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['UNKNOWN'],
  );
  assert.match(errors[0]?.message ?? '', message);
}

/** As the SDK sees it: an exception of the service's own, by its 5xx. */
function unavailable(message: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof ECRServiceException, String(error));
    assert.ok((error.$metadata.httpStatusCode ?? 0) >= 500, `${error.name} ${error.message}`);
    assert.match(error.message, message);
    return true;
  };
}

/** What a full disk refuses is refused soon: at the latest when what was free a moment ago has been used. */
async function untilRefused(ask: () => Promise<OciAnswer>): Promise<OciAnswer> {
  for (let count = 0; count < 500; count += 1) {
    const answer = await ask();
    if (answer.status >= 500) return answer;
  }
  throw new Error('500 requests were taken by a disk that takes nothing');
}

/** The audit looks at the disk once a second: within a few of them it goes on by itself. */
async function untilTaken(isTaken: () => Promise<boolean>): Promise<void> {
  for (let count = 0; !(await isTaken()); count += 1) {
    assert.ok(count < 100, 'the server did not come back by itself');
    // Nothing tells a client when the server's disk is well again: asking later is all it can do.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
