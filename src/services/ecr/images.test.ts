// Images: what PutImage accepts, and what batches answer for each id.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Ecr, indexType, openEcr } from './testing/house.ts';

const repositoryName = 'app';
const registryId = '123456789012';
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const where = `repository with name 'app' in the registry with id '${registryId}'`;
const inRegistry = `repository with name 'app' in registry with id '${registryId}'`;

async function withRepository(): Promise<Ecr> {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName });
  return ecr;
}

const indexOf = (digest: string, size = 1) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size }],
  });

test('an image is stored byte for byte and comes back by tag and by digest', async () => {
  const ecr = await withRepository();
  const { manifest, layerDigest } = await ecr.pushImage(repositoryName, 'v1', '  ');
  const imageDigest = digestOf(manifest);
  const byTag = await ecr.call('BatchGetImage', { repositoryName, imageIds: [{ imageTag: 'v1' }] });
  assert.deepEqual(byTag.failures, []);
  assert.deepEqual(byTag.images, [
    {
      registryId,
      repositoryName,
      imageId: { imageDigest, imageTag: 'v1' },
      imageManifest: manifest,
      imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    },
  ]);
  const byDigest = await ecr.call('BatchGetImage', { repositoryName, imageIds: [{ imageDigest }] });
  assert.deepEqual(byDigest.images?.[0]?.imageId, { imageDigest });
  assert.notEqual(layerDigest, imageDigest);
});

test('the same image under the same tag is refused; under another tag it is the same image', async () => {
  const ecr = await withRepository();
  const { manifest: imageManifest } = await ecr.pushImage(repositoryName, 'v1');
  const digest = digestOf(imageManifest);
  const exists = (tag: string) => ({
    code: 'ImageAlreadyExistsException',
    message: `Image with digest '${digest}' and tag '${tag}' already exists in the ${inRegistry}`,
  });
  await ecr.refuses('PutImage', { repositoryName, imageManifest, imageTag: 'v1' }, exists('v1'));
  await ecr.refuses('PutImage', { repositoryName, imageManifest }, exists('null'));
  const { image } = await ecr.call('PutImage', { repositoryName, imageManifest, imageTag: 'v2' });
  assert.deepEqual(image?.imageId, { imageDigest: digest, imageTag: 'v2' });
  assert.equal(image?.imageManifest, imageManifest);
});

test('immutable tags stay where they are', async () => {
  const ecr = await withRepository();
  await ecr.pushImage(repositoryName, 'v1');
  await ecr.call('PutImageTagMutability', { repositoryName, imageTagMutability: 'IMMUTABLE' });
  const other = await ecr.pushImage(repositoryName, 'v2', ' ');
  await ecr.refuses(
    'PutImage',
    { repositoryName, imageManifest: other.manifest, imageTag: 'v1' },
    {
      code: 'ImageTagAlreadyExistsException',
      message:
        "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten " +
        'because the tag is immutable.',
    },
  );
});

test('a digest that does not match, missing layers and missing children are named', async () => {
  const ecr = await withRepository();
  const { manifest, layerDigest } = await ecr.pushImage(repositoryName, 'v1');
  const imageDigest = digestOf('other');
  await ecr.refuses(
    'PutImage',
    { repositoryName, imageManifest: manifest, imageDigest },
    {
      code: 'ImageDigestDoesNotMatchException',
    },
  );
  const missing = digestOf('no such layer');
  const broken = manifest.replace(layerDigest, missing);
  await ecr.refuses(
    'PutImage',
    { repositoryName, imageManifest: broken, imageTag: 'v2' },
    {
      code: 'LayersNotFoundException',
      message: `Layers with digests '[${missing}]' required for pushing image into ${where} do not exist`,
    },
  );
  await ecr.refuses(
    'PutImage',
    { repositoryName, imageManifest: indexOf(missing), imageTag: 'v2' },
    {
      code: 'ReferencedImagesNotFoundException',
      message: `Images with digests '[${missing}]' required for pushing image into ${where} do not exist`,
    },
  );
});

test('what is no manifest is a bad parameter', async () => {
  const ecr = await withRepository();
  await ecr.refuses(
    'PutImage',
    { repositoryName, imageManifest: '{', imageTag: 'v1' },
    {
      code: 'InvalidParameterException',
      message: "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
    },
  );
  for (const imageManifest of ['[]', '{}', '{"schemaVersion":2}', '"x"']) {
    await ecr.refuses(
      'PutImage',
      { repositoryName, imageManifest, imageTag: 'v1' },
      { code: 'InvalidParameterException' },
    );
  }
});

test('a batch answers every id, good or bad', async () => {
  const ecr = await withRepository();
  const { manifest } = await ecr.pushImage(repositoryName, 'v1');
  const imageIds = [
    { imageTag: 'v1' },
    {},
    { imageDigest: 'sha256' },
    { imageTag: 'none' },
    { imageDigest: digestOf('none') },
    { imageTag: 'v1', imageDigest: digestOf('none') },
    { imageTag: 'v1', imageDigest: digestOf(manifest) },
  ];
  const answer = await ecr.call('BatchGetImage', { repositoryName, imageIds });
  assert.equal(answer.images?.length, 2);
  const codes = answer.failures?.map(({ failureCode }) => failureCode);
  assert.deepEqual(codes?.slice(0, 4), ['MissingDigestAndTag', 'InvalidImageDigest', 'ImageNotFound', 'ImageNotFound']);
  assert.match(codes?.[4] ?? '', /^(ImageTagDoesNotMatchDigest|ImageNotFound)$/);
});

test('by tag only what the caller takes is found; by digest whatever is there', async () => {
  const ecr = await withRepository();
  const imageDigest = digestOf((await ecr.pushImage(repositoryName, 'v1')).manifest);
  const found = async (id: { imageTag?: string; imageDigest?: string }, ...acceptedMediaTypes: string[]) => {
    const answer = await ecr.call('BatchGetImage', { repositoryName, imageIds: [id], acceptedMediaTypes });
    return answer.images?.length ?? 0;
  };
  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  const oci = 'application/vnd.oci.image.manifest.v1+json';
  assert.equal(await found({ imageTag: 'v1' }, docker, oci), 1);
  assert.equal(await found({ imageTag: 'v1' }, docker), 0);
  assert.equal(await found({ imageDigest }, docker), 1);
  assert.equal(await found({ imageTag: 'v1', imageDigest }, docker), 1);
  const refused = { repositoryName, imageIds: [{ imageTag: 'v1' }], acceptedMediaTypes: [docker] };
  const { failures } = await ecr.call('BatchGetImage', refused);
  const reason = { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
  assert.deepEqual(failures, [{ imageId: { imageTag: 'v1' }, ...reason }]);
});

test('deleting by tag takes the tag, and the image with its last; by digest everything', async () => {
  const ecr = await withRepository();
  const { manifest: imageManifest } = await ecr.pushImage(repositoryName, 'v1');
  const imageDigest = digestOf(imageManifest);
  await ecr.call('PutImage', { repositoryName, imageManifest, imageTag: 'v2' });
  const remove = (...imageIds: ReadonlyArray<{ imageTag?: string; imageDigest?: string }>) =>
    ecr.call('BatchDeleteImage', { repositoryName, imageIds });
  assert.deepEqual(await remove({ imageTag: 'v1' }), { imageIds: [{ imageDigest, imageTag: 'v1' }], failures: [] });
  await remove({ imageTag: 'v2' });
  const gone = await remove({ imageDigest });
  assert.equal(gone.failures?.[0]?.failureCode, 'ImageNotFound');
  await ecr.call('PutImage', { repositoryName, imageManifest, imageTag: 'v1' });
  await ecr.call('PutImage', { repositoryName, imageManifest, imageTag: 'v2' });
  const { imageIds } = await remove({ imageDigest });
  assert.deepEqual(imageIds, [
    { imageDigest, imageTag: 'v1' },
    { imageDigest, imageTag: 'v2' },
  ]);
});

test('a child of an index stays until its index is gone', async () => {
  const ecr = await withRepository();
  const { manifest } = await ecr.pushImage(repositoryName, 'v1');
  const imageManifest = indexOf(digestOf(manifest), manifest.length);
  await ecr.call('PutImage', { repositoryName, imageManifest, imageTag: 'list' });
  const child = { imageDigest: digestOf(manifest) };
  const refused = await ecr.call('BatchDeleteImage', { repositoryName, imageIds: [child] });
  assert.deepEqual(refused.failures, [
    {
      imageId: child,
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${digestOf(imageManifest)}]`,
    },
  ]);
  const both = [{ imageTag: 'list' }, child];
  assert.deepEqual((await ecr.call('BatchDeleteImage', { repositoryName, imageIds: both })).failures, []);
});

test('the text of a manifest never reaches the audit record', async () => {
  const ecr = await openEcr();
  const input = { repositoryName, imageManifest: 'marker', imageTag: 'v1' };
  const output = { image: { repositoryName, imageManifest: 'marker', imageId: { imageTag: 'v1' } } };
  const { request, response } = ecr.audited('PutImage', input, output);
  assert.deepEqual(request, { repositoryName, imageTag: 'v1' });
  assert.deepEqual(response, { image: { repositoryName, imageId: { imageTag: 'v1' } } });
});

test('a missing repository is found missing by every operation', async () => {
  const ecr = await openEcr();
  const imageIds = [{ imageTag: 'v1' }];
  const inputs = { PutImage: { imageManifest: '{}' }, BatchGetImage: { imageIds }, BatchDeleteImage: { imageIds } };
  for (const [operation, input] of Object.entries(inputs)) {
    await ecr.refuses(operation, { ...input, repositoryName }, { code: 'RepositoryNotFoundException' });
  }
});
