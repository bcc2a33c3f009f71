// AWS JSON 1.1 against the official ECR client, and against requests that no client would send.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeRegistryCommand,
  ECRClient,
  type ECRServiceException,
  GetAuthorizationTokenCommand,
  InvalidLayerPartException,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import fc from 'fast-check';
import { isKind } from '#core/errors.ts';
import type { Service } from '#core/service.ts';
import { schemaOf, shapeOf } from '../schema.ts';
import { type Answer, requestOf, serveFormat } from '../testing/serve-format.ts';
import { awsJson } from './aws-json.ts';
import { readStructure } from './read-json.ts';
import { writeStructure } from './write-json.ts';

const schema = schemaOf({ name: 'ecr', schema: 'ecr' });
const service: Service = {
  name: 'ecr',
  protocol: 'aws-json-1.1',
  eventSource: 'ecr.amazonaws.com',
  target: 'AmazonEC2ContainerRegistry_V20150921',
  schema: 'ecr',
  operations: Object.fromEntries(Object.keys(schema.operations).map((name) => [name, 'later' as const])),
  errors: {},
  rooms: undefined,
};

async function withClient(answer: Answer, run: (client: ECRClient, inputs: unknown[]) => Promise<void>): Promise<void> {
  await using server = await serveFormat(awsJson, service, () => answer);
  const client = new ECRClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  await run(client, server.inputs);
  client.destroy();
}

const readRaw = (operation: string, body: string) =>
  Promise.resolve(awsJson.read(service, operation, requestOf({}, Buffer.from(body)), undefined as never));

test('a structure goes both ways: times, flags, lists, and members that are not modelled', async () => {
  const createdAt = new Date(1_700_000_000_123);
  const repository = { repositoryName: 'team/app', createdAt, imageScanningConfiguration: { scanOnPush: false } };
  await withClient({ output: { repository: { ...repository, secret: 'x' } } }, async (client, inputs) => {
    const input = { repositoryName: 'team/app', tags: [{ Key: 'k', Value: 'ü' }] };
    const answer = await client.send(new CreateRepositoryCommand(input));
    assert.deepEqual(answer.repository, repository);
    assert.equal(answer.$metadata.requestId, '11111111-2222-4333-8444-555555555555');
    assert.deepEqual(inputs, [{ operation: 'CreateRepository', input }]);
  });
});

test('bytes arrive as bytes and a modelled exception keeps its members', async () => {
  const members = { registryId: '1', repositoryName: 'r', uploadId: 'u', lastValidByteReceived: 9, digests: ['no'] };
  const refusal = { code: 'InvalidLayerPartException', status: 400, message: 'Part out of order', members };
  await withClient({ refusal }, async (client, inputs) => {
    const layerPartBlob = Buffer.from([0, 255, 128, 7]);
    const input = { repositoryName: 'r', uploadId: 'u', partFirstByte: 0, partLastByte: 3, layerPartBlob };
    const failure = await client.send(new UploadLayerPartCommand(input)).catch((error: unknown) => error);
    assert.ok(failure instanceof InvalidLayerPartException);
    assert.equal(failure.lastValidByteReceived, 9);
    assert.equal(failure.message, 'Part out of order');
    assert.equal(JSON.stringify(failure).includes('no'), false);
    assert.deepEqual(inputs, [{ operation: 'UploadLayerPart', input }]);
  });
});

test('an unmodelled refusal reaches the client by its code', async () => {
  await withClient({ refusal: { code: 'AccessDeniedException', status: 400, message: 'no' } }, async (client) => {
    const failure = await client.send(new DescribeRegistryCommand()).catch((error: ECRServiceException) => error);
    assert.equal((failure as ECRServiceException).name, 'AccessDeniedException');
    assert.equal((failure as ECRServiceException).$metadata.httpStatusCode, 400);
  });
});

test('empty answers and absent lists are what the client takes them for', async () => {
  await withClient({ output: { authorizationData: undefined } }, async (client) => {
    const answer = await client.send(new GetAuthorizationTokenCommand({}));
    assert.equal(answer.authorizationData, undefined);
  });
  await withClient({ output: { images: [], failures: [] } }, async (client) => {
    const answer = await client.send(new BatchGetImageCommand({ repositoryName: 'r', imageIds: [{ imageTag: 'a' }] }));
    assert.deepEqual(answer.images, []);
  });
});

test('nulls are absent, unknown members dropped, types and required members checked', async () => {
  const body = '{"repositoryName":"r","registryId":null,"unknown":{"a":[1]},"__proto__":{"tags":[]}}';
  assert.deepEqual(await readRaw('CreateRepository', body), { repositoryName: 'r' });
  assert.deepEqual(await readRaw('DescribeRegistry', ''), {});
  await assert.rejects(
    async () => readRaw('CreateRepository', '{"repositoryName":7}'),
    /NUMBER_VALUE .* a String at 'repositoryName'/,
  );
  await assert.rejects(async () => readRaw('DescribeRepositories', '{"maxResults":"7"}'), /a Number at 'maxResults'/);
  await assert.rejects(async () => readRaw('DescribeRepositories', '{"repositoryNames":{}}'), /a list/);
  await assert.rejects(async () => readRaw('DescribeRepositories', '[]'), /LIST_VALUE/);
  await assert.rejects(async () => readRaw('CreateRepository', '{"repositoryName":"\\ud800"}'), /half a character/);
  const missing: unknown = await readRaw('CreateRepository', '{}').catch((error: unknown) => error);
  assert.ok(isKind(missing, 'invalid-parameter'));
  assert.match(
    missing.message,
    /^Invalid parameter at 'repositoryName' failed to satisfy constraint: 'Member must not/,
  );
});

test('the service is asked to check every input', async () => {
  const checked: unknown[] = [];
  const strict: Service = { ...service, check: (...args) => checked.push(args) };
  await awsJson.read(strict, 'DescribeRegistry', requestOf({}, Buffer.from('{}')), undefined as never);
  assert.deepEqual(checked, [['DescribeRegistry', {}]]);
});

test('only a known target names an operation', () => {
  const named = (target: string, method = 'POST') =>
    awsJson.operationOf(service, requestOf({ method, headers: { 'x-amz-target': target } }, Buffer.alloc(0)));
  assert.equal(named('AmazonEC2ContainerRegistry_V20150921.ListImages'), 'ListImages');
  for (const target of ['', 'ListImages', 'Other.ListImages', 'AmazonEC2ContainerRegistry_V20150921.constructor']) {
    assert.throws(
      () => named(target),
      (error: unknown) => isKind(error, 'unknown-operation'),
    );
  }
  assert.throws(() => named('AmazonEC2ContainerRegistry_V20150921.ListImages', 'GET'));
});

test('what is written can be read again', () => {
  const text = fc.string({ unit: 'grapheme' });
  const tag = fc.record({ Key: text, Value: text });
  const input = fc.record({ repositoryName: text, tags: fc.array(tag) }, { requiredKeys: ['repositoryName'] });
  fc.assert(
    fc.property(input, (value) => {
      const written = writeStructure(schema, shapeOf(schema, 'CreateRepositoryRequest'), value);
      const again: unknown = JSON.parse(JSON.stringify(written));
      assert.deepEqual(readStructure(schema, 'CreateRepositoryRequest', again), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('base64 must be base64 through and through', async () => {
  const part = (blob: string) =>
    readRaw(
      'UploadLayerPart',
      JSON.stringify({ repositoryName: 'r', uploadId: 'u', partFirstByte: 0, partLastByte: 1, layerPartBlob: blob }),
    );
  for (const blob of ['AAA', 'A===', 'AA=A', 'AA A', 'AAA\n', '====', 'A*AA']) {
    await assert.rejects(async () => part(blob), /not base64/, blob);
  }
  assert.deepEqual(((await part('')) as { layerPartBlob: Buffer }).layerPartBlob.length, 0);
});
