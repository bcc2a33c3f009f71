// A server that may open no more files: a clear refusal on the connections it has, manifests go on, then all is well.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from '../../support/administrator.ts';
import { digestOf, type OciAnswer, ociClient } from '../../support/oci-client.ts';
import { startServer } from '../../support/server-process.ts';

const openFilesMax = 64;
const repositoryName = 'files/app';

test(`with at most ${openFilesMax} open files`, async (context) => {
  const server = await startServer({ openFilesMax });
  const administrator = await administratorOf(server.dataFolder, server.url);
  const oci = ociClient(server.host, await registryAuthorization(administrator));
  const hoard: Socket[] = [];
  context.after(async () => {
    for (const socket of hoard) socket.destroy();
    oci.close();
    await server.dispose();
  });
  const ecr = new ECRClient(administrator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  ecr.destroy();
  const kept = await oci.pushImage(repositoryName, 'kept', [randomBytes(1000)]);
  const push = (): Promise<OciAnswer> => {
    const bytes = randomBytes(1000);
    return oci.send('POST', `/v2/${repositoryName}/blobs/uploads/?digest=${digestOf(bytes)}`, bytes);
  };

  let refused: OciAnswer | undefined;
  for (let count = 0; count < openFilesMax && refused === undefined; count += 1) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    // One that the server cannot accept is closed by it.
    socket.on('error', () => undefined);
    hoard.push(socket);
    await once(socket, 'connect');
    const answer = await push();
    if (answer.status !== 201) refused = answer;
  }
  assert.ok(refused, 'the server never ran out of files');
  assert.equal(refused.status, 503, refused.body.toString());
  assert.match(refused.body.toString(), /"UNKNOWN".*too many open files/);
  const manifest = await oci.send('GET', `/v2/${repositoryName}/manifests/kept`);
  assert.deepEqual([manifest.status, manifest.body], [200, kept.manifest]);

  for (const socket of hoard) socket.destroy();
  let again = await push();
  // The server hears of each closed connection by itself, one after the other.
  for (let count = 0; count < 200 && again.status === 503; count += 1) again = await push();
  assert.equal(again.status, 201, again.body.toString());
  for (const layer of kept.layers) {
    const { status, body } = await oci.send('GET', `/v2/${repositoryName}/blobs/${digestOf(layer)}`);
    assert.deepEqual([status, body], [200, layer]);
  }
});
