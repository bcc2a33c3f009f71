// Layers: an upload in parts with every way to get it wrong, and who may fetch what.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Ecr, openEcr } from './testing/house.ts';

const repositoryName = 'app';
const registryId = '123456789012';
const mib = 1024 * 1024;
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const noUpload = '11111111-2222-4333-8444-555555555555';

async function withRepository(): Promise<Ecr> {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName });
  return ecr;
}

async function startUpload(ecr: Ecr): Promise<string> {
  const { uploadId = '', partSize } = await ecr.call('InitiateLayerUpload', { repositoryName });
  assert.equal(partSize, 10_485_760);
  assert.match(uploadId, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  return uploadId;
}

const part = (uploadId: string, first: number, bytes: Uint8Array) => ({
  repositoryName,
  uploadId,
  partFirstByte: first,
  partLastByte: first + bytes.length - 1,
  // The part is the operation's, who releases its memory.
  layerPartBlob: Buffer.from(bytes),
});

test('parts become a layer that is then available', async () => {
  const ecr = await withRepository();
  const uploadId = await startUpload(ecr);
  const bytes = Buffer.alloc(5 * mib + 3, 7);
  const first = await ecr.call('UploadLayerPart', part(uploadId, 0, bytes.subarray(0, 5 * mib)));
  assert.deepEqual(first, { registryId, repositoryName, uploadId, lastByteReceived: 5 * mib - 1 });
  await ecr.call('UploadLayerPart', part(uploadId.toUpperCase(), 5 * mib, bytes.subarray(5 * mib)));
  const layerDigest = digestOf(bytes);
  const complete = { repositoryName, uploadId, layerDigests: [layerDigest] };
  assert.deepEqual(await ecr.call('CompleteLayerUpload', complete), {
    registryId,
    repositoryName,
    uploadId,
    layerDigest,
  });
  const { layers = [] } = await ecr.call('BatchCheckLayerAvailability', {
    repositoryName,
    layerDigests: [layerDigest],
  });
  assert.equal(layers[0]?.layerAvailability, 'AVAILABLE');
  assert.equal(layers[0]?.layerSize, bytes.length);
  await ecr.refuses('CompleteLayerUpload', complete, { code: 'UploadNotFoundException' });
});

test('out of order, and fewer bytes than claimed: the exception says where to go on', async () => {
  const ecr = await withRepository();
  const uploadId = await startUpload(ecr);
  const code = 'InvalidLayerPartException';
  const details = (lastValidByteReceived: number) => ({ registryId, repositoryName, uploadId, lastValidByteReceived });
  await ecr.refuses('UploadLayerPart', part(uploadId, 5, Buffer.from('abc')), { code, details: details(-1) });
  await ecr.call('UploadLayerPart', part(uploadId, 0, Buffer.from('abc')));
  await ecr.refuses('UploadLayerPart', part(uploadId, 0, Buffer.from('abc')), { code, details: details(2) });
  const lying = { ...part(uploadId, 3, Buffer.from('abc')), partLastByte: 9 };
  await ecr.refuses('UploadLayerPart', lying, { code, details: details(2) });
  await ecr.refuses('UploadLayerPart', part(uploadId, 3, Buffer.alloc(0)), { code, details: details(2) });
  await ecr.refuses('UploadLayerPart', part(noUpload, 0, Buffer.from('a')), { code: 'UploadNotFoundException' });
});

test('what cannot be completed says why', async () => {
  const ecr = await withRepository();
  const layerDigests = [digestOf(Buffer.from('abc'))];
  const empty = await startUpload(ecr);
  await ecr.refuses(
    'CompleteLayerUpload',
    { repositoryName, uploadId: empty, layerDigests },
    {
      code: 'EmptyUploadException',
      message:
        `The upload with id '${empty}' in the repository with name 'app' in registry with id '${registryId}' ` +
        'cannot be completed because it does not have any parts',
    },
  );
  const small = await startUpload(ecr);
  await ecr.call('UploadLayerPart', part(small, 0, Buffer.from('ab')));
  await ecr.call('UploadLayerPart', part(small, 2, Buffer.from('c')));
  await ecr.refuses(
    'CompleteLayerUpload',
    { repositoryName, uploadId: small, layerDigests },
    {
      code: 'LayerPartTooSmallException',
      message: 'All layer parts except the last part should be at least 5MB',
    },
  );
  const other = await startUpload(ecr);
  await ecr.call('UploadLayerPart', part(other, 0, Buffer.from('abd')));
  await ecr.refuses(
    'CompleteLayerUpload',
    { repositoryName, uploadId: other, layerDigests },
    {
      code: 'InvalidLayerException',
    },
  );
  await ecr.pushLayer(repositoryName, Buffer.from('abc'));
  const again = await startUpload(ecr);
  await ecr.call('UploadLayerPart', part(again, 0, Buffer.from('abc')));
  await ecr.refuses(
    'CompleteLayerUpload',
    { repositoryName, uploadId: again, layerDigests },
    {
      code: 'LayerAlreadyExistsException',
    },
  );
});

test('a layer of an image has the media type that the image calls it by', async () => {
  const ecr = await withRepository();
  const { layerDigest } = await ecr.pushImage(repositoryName, 'v1');
  const loose = await ecr.pushLayer(repositoryName, Buffer.from('loose'));
  const layerDigests = [layerDigest, loose];
  const { layers = [] } = await ecr.call('BatchCheckLayerAvailability', { repositoryName, layerDigests });
  const types = layers.map(({ mediaType }) => mediaType);
  assert.deepEqual(types, ['application/vnd.oci.image.layer.v1.tar', undefined]);
});

test('availability: missing is UNAVAILABLE, malformed is a failure', async () => {
  const ecr = await withRepository();
  const missing = digestOf(Buffer.from('none'));
  const answer = await ecr.call('BatchCheckLayerAvailability', { repositoryName, layerDigests: [missing, 'x'] });
  assert.deepEqual(answer.layers, [{ layerDigest: missing, layerAvailability: 'UNAVAILABLE' }]);
  assert.deepEqual(
    answer.failures?.map(({ layerDigest, failureCode }) => [layerDigest, failureCode]),
    [['x', 'InvalidLayerDigest']],
  );
});

test('a download URL is given for layers of images only, and carries a token for that layer', async () => {
  const ecr = await withRepository();
  const lone = await ecr.pushLayer(repositoryName, Buffer.from('lone'));
  const missing = digestOf(Buffer.from('none'));
  await ecr.refuses(
    'GetDownloadUrlForLayer',
    { repositoryName, layerDigest: missing },
    {
      code: 'LayersNotFoundException',
      message:
        `The layer with digest ${missing} does not exist within the repository with name 'app' ` +
        `in the registry with id '${registryId}'`,
    },
  );
  await ecr.refuses(
    'GetDownloadUrlForLayer',
    { repositoryName, layerDigest: lone },
    { code: 'LayerInaccessibleException' },
  );
  const { layerDigest } = await ecr.pushImage(repositoryName, 'v1');
  const answer = await ecr.call('GetDownloadUrlForLayer', { repositoryName, layerDigest });
  assert.equal(answer.layerDigest, layerDigest);
  assert.match(answer.downloadUrl ?? '', /^https:\/\/123456789012\.dkr\.ecr\.us-east-1\.example\/layers\/[\w-]+$/);
  assert.deepEqual(ecr.grants, [
    { registry: { accountId: registryId, region: 'us-east-1' }, repositoryName, digest: layerDigest },
  ]);
});

test('bytes of a layer never reach the audit record', async () => {
  const ecr = await withRepository();
  const { request } = ecr.audited('UploadLayerPart', part(noUpload, 0, Buffer.from('secret')));
  const { layerPartBlob: _bytes, ...rest } = part(noUpload, 0, Buffer.from('secret'));
  assert.deepEqual(request, rest);
});

test('a missing repository is found missing by every operation', async () => {
  const ecr = await openEcr();
  const inputs = {
    BatchCheckLayerAvailability: { layerDigests: ['sha256:00'] },
    GetDownloadUrlForLayer: { layerDigest: 'sha256:00' },
    InitiateLayerUpload: {},
    UploadLayerPart: part(noUpload, 0, Buffer.from('a')),
    CompleteLayerUpload: { uploadId: noUpload, layerDigests: ['sha256:00'] },
  };
  for (const [operation, input] of Object.entries(inputs)) {
    await ecr.refuses(operation, { ...input, repositoryName }, { code: 'RepositoryNotFoundException' });
  }
});
