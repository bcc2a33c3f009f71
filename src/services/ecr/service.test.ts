// The door as the official client sees it: wire format, constraints, handlers and exceptions together.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as Sdk from '@aws-sdk/client-ecr';
import { DomainError } from '#core/errors.ts';
import { awsJson } from '#wire/json/aws-json.ts';
import { type Answer, serveFormat } from '#wire/testing/serve-format.ts';
import { type Ecr, openEcr } from './testing/house.ts';

const repositoryName = 'team/app';

/** Answers as the gateway does, without its gates. */
async function answer(ecr: Ecr, operation: string, input: unknown): Promise<Answer> {
  try {
    return { output: await ecr.run(operation, input) };
  } catch (error) {
    assert.ok(error instanceof DomainError, String(error));
    const spelling = ecr.service.errors[error.kind];
    assert.ok(spelling !== undefined, error.kind);
    return { refusal: { ...spelling, message: error.message, members: { ...error.details } } };
  }
}

async function withClient(run: (client: Sdk.ECRClient, ecr: Ecr) => Promise<void>): Promise<void> {
  const ecr = await openEcr();
  await using server = await serveFormat(awsJson, ecr.service, (operation, input) => answer(ecr, operation, input));
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  const client = new Sdk.ECRClient({ endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  try {
    await run(client, ecr);
  } finally {
    client.destroy();
  }
}

const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test('a repository, its layer and its image, by the client alone', async () => {
  await withClient(async (client, ecr) => {
    const { repository } = await client.send(new Sdk.CreateRepositoryCommand({ repositoryName }));
    assert.equal(repository?.createdAt?.getTime(), ecr.clock.nowMs());
    const { uploadId } = await client.send(new Sdk.InitiateLayerUploadCommand({ repositoryName }));
    const layerPartBlob = Buffer.from('{}');
    const part = { repositoryName, uploadId, partFirstByte: 0, partLastByte: 1, layerPartBlob };
    const uploaded = await client.send(new Sdk.UploadLayerPartCommand(part));
    assert.equal(uploaded.lastByteReceived, 1);
    const digest = `sha256:${createHash('sha256').update(layerPartBlob).digest('hex')}`;
    await client.send(new Sdk.CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
    const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [] });
    const { image } = await client.send(new Sdk.PutImageCommand({ repositoryName, imageManifest, imageTag: 'v1' }));
    assert.equal(image?.imageManifest, imageManifest);
    const imageIds = [{ imageTag: 'v1' }, { imageTag: 'none' }];
    const got = await client.send(new Sdk.BatchGetImageCommand({ repositoryName, imageIds }));
    assert.equal(got.images?.[0]?.imageManifest, imageManifest);
    assert.equal(got.failures?.[0]?.failureCode, 'ImageNotFound');
    const { imageDetails } = await client.send(new Sdk.DescribeImagesCommand({ repositoryName }));
    assert.equal(imageDetails?.[0]?.imagePushedAt?.getTime(), ecr.clock.nowMs());
  });
});

test('refusals are typed exceptions with their members', async () => {
  await withClient(async (client) => {
    const missing = await thrown(client.send(new Sdk.ListImagesCommand({ repositoryName })));
    assert.ok(missing instanceof Sdk.RepositoryNotFoundException);
    assert.equal(missing.$metadata.httpStatusCode, 400);
    await client.send(new Sdk.CreateRepositoryCommand({ repositoryName }));
    const { uploadId } = await client.send(new Sdk.InitiateLayerUploadCommand({ repositoryName }));
    const layerPartBlob = Buffer.from('abc');
    const part = { repositoryName, uploadId, partFirstByte: 7, partLastByte: 9, layerPartBlob };
    const invalid = await thrown(client.send(new Sdk.UploadLayerPartCommand(part)));
    assert.ok(invalid instanceof Sdk.InvalidLayerPartException);
    assert.deepEqual([invalid.uploadId, invalid.lastValidByteReceived], [uploadId, -1]);
  });
});

test('the paginator of the client walks through every page', async () => {
  await withClient(async (client) => {
    const names = ['aa', 'bb', 'cc', 'dd', 'ee'];
    for (const name of names) await client.send(new Sdk.CreateRepositoryCommand({ repositoryName: name }));
    const seen: Array<string | undefined> = [];
    for await (const page of Sdk.paginateDescribeRepositories({ client, pageSize: 2 }, {})) {
      seen.push(...(page.repositories ?? []).map((repository) => repository.repositoryName));
    }
    assert.deepEqual(seen, names);
  });
});
