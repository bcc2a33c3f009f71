// An upload that was acknowledged goes on after the server was killed, with the same location and the same password.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from './support/administrator.ts';
import { digestOf, ociClient } from './support/oci-client.ts';
import { startServer } from './support/server-process.ts';

test('kill -9 between two chunks', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sallyport-resume-'));
  const bytes = randomBytes(2_500_000);
  const first = await startServer({ dataFolder });
  const options = await administratorOf(dataFolder, first.url);
  const ecr = new ECRClient(options);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  ecr.destroy();
  const authorization = await registryAuthorization(options);
  const before = ociClient(first.host, authorization);
  const started = await before.send('POST', '/v2/app/blobs/uploads/?digest-algorithm=sha512', Buffer.alloc(0));
  const location = String(started.headers.location);
  assert.equal((await before.send('PATCH', location, bytes.subarray(0, 1_700_000))).status, 202);
  before.close();
  await first.kill();

  const second = await startServer({ dataFolder });
  const oci = ociClient(second.host, authorization);
  const status = await oci.send('GET', location);
  assert.deepEqual([status.status, status.headers.range], [204, '0-1699999']);
  const rest = { 'content-range': `1700000-${bytes.length - 1}` };
  assert.equal((await oci.send('PATCH', location, bytes.subarray(1_700_000), rest)).status, 202);
  const digest = digestOf(bytes);
  assert.equal((await oci.send('PUT', `${location}?digest=${digest}`, Buffer.alloc(0))).status, 201);
  assert.deepEqual((await oci.send('GET', `/v2/app/blobs/${digest}`)).body, bytes);
  oci.close();
  assert.equal(await second.stop(), 0);
  await rm(dataFolder, { recursive: true, force: true });
});
