// Every operation on images, with every exception that it documents.

import assert from 'node:assert/strict';
import { administratorOf, registryAuthorization } from '../../support/administrator.ts';
import { type OciClient, ociClient } from '../../support/oci-client.ts';
import type { ClientSite } from '../client-site.ts';
import { digestOf, type EcrCaller } from './caller.ts';
import type { Output } from './driver.ts';
import { download, uploadLayer } from './layers.ts';

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const absentDigest = `sha256:${'0'.repeat(64)}`;
const configText = '{}';
const layerText = 'the layer of an image';

/** Leaves one tagged image in the repository. */
export async function useImages(ecr: EcrCaller, site: ClientSite, repositoryName: string): Promise<void> {
  for (const text of [configText, layerText]) await uploadLayer(ecr, repositoryName, text);
  const imageManifest = manifestOf();
  const named = { repositoryName, imageManifest };
  const put = (await ecr.call('PutImage', { ...named, imageTag: 'one' })) as { image: { imageId: Output } };
  assert.deepEqual(put.image.imageId, { imageDigest: digestOf(imageManifest), imageTag: 'one' });
  await refusePuts(ecr, repositoryName);
  await fillWithTags(ecr, site, repositoryName, imageManifest);
  await download(ecr, repositoryName, layerText);
  await getAndList(ecr, repositoryName, imageManifest);
  await refuseListings(ecr, repositoryName);
  await deleteImages(ecr, repositoryName);
}

async function refusePuts(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const imageManifest = manifestOf();
  const put = (more: object, exception: string) =>
    ecr.refuses('PutImage', { repositoryName, imageManifest, imageTag: 'one', ...more }, exception);
  await put({}, 'ImageAlreadyExistsException');
  await put({ repositoryName: 'absent/one' }, 'RepositoryNotFoundException');
  await put({ imageManifest: '{' }, 'InvalidParameterException');
  await put({ imageTag: 'two', imageDigest: absentDigest }, 'ImageDigestDoesNotMatchException');
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: absentDigest, size: 1 }];
  await put({ imageManifest: manifestOf({ layers }) }, 'LayersNotFoundException');
  const manifests = [{ mediaType: imageType, digest: absentDigest, size: 1 }];
  const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
  await put({ imageManifest: index }, 'ReferencedImagesNotFoundException');
  await ecr.call('PutImageTagMutability', { repositoryName, imageTagMutability: 'IMMUTABLE' });
  await put({ imageManifest: manifestOf({ annotations: { moved: 'yes' } }) }, 'ImageTagAlreadyExistsException');
  await ecr.call('PutImageTagMutability', { repositoryName, imageTagMutability: 'MUTABLE' });
}

/** A thousand tags by the OCI door, fifty at a time; the next one is too many. */
async function fillWithTags(ecr: EcrCaller, site: ClientSite, repositoryName: string, imageManifest: string) {
  const { dataFolder, url, host } = site.server;
  const oci: OciClient = ociClient(host, await registryAuthorization(await administratorOf(dataFolder, url)));
  const other = manifestOf({ annotations: { many: 'tags' } });
  for (let first = 0; first < 1000; first += 50) {
    const query = Array.from({ length: 50 }, (_, index) => `tag=t${first + index}`).join('&');
    const path = `/v2/${repositoryName}/manifests/${digestOf(other)}?${query}`;
    const { status } = await oci.send('PUT', path, Buffer.from(other), { 'content-type': imageType });
    assert.equal(status, 201);
  }
  oci.close();
  const more = { repositoryName, imageManifest: other, imageTag: 'one-too-many' };
  await ecr.refuses('PutImage', more, 'LimitExceededException');
  const imageIds = [{ imageDigest: digestOf(other) }];
  const deleted = await ecr.call('BatchDeleteImage', { repositoryName, imageIds });
  assert.equal((deleted.imageIds as unknown[]).length, 1000);
  assert.ok(imageManifest !== other);
}

async function getAndList(ecr: EcrCaller, repositoryName: string, imageManifest: string): Promise<void> {
  const imageDigest = digestOf(imageManifest);
  const imageIds = [{ imageTag: 'one' }, { imageDigest }, { imageTag: 'absent' }];
  const got = await ecr.call('BatchGetImage', { repositoryName, imageIds });
  const images = got.images as ReadonlyArray<{ readonly imageManifest: string }>;
  assert.deepEqual(
    images.map((image) => image.imageManifest),
    [imageManifest, imageManifest],
  );
  assert.deepEqual(
    (got.failures as Output[]).map(({ failureCode }) => failureCode),
    ['ImageNotFound'],
  );
  const subject = { mediaType: imageType, digest: imageDigest, size: imageManifest.length };
  const note = manifestOf({ subject, artifactType: 'application/vnd.example.note', annotations: { said: 'so' } });
  await ecr.call('PutImage', { repositoryName, imageManifest: note });
  const { referrers } = await ecr.call('ListImageReferrers', { repositoryName, subjectId: { imageDigest } });
  const [referrer] = referrers as Output[];
  assert.deepEqual([referrer?.digest, referrer?.annotations], [digestOf(note), { said: 'so' }]);
  const listed = await ecr.call('ListImages', { repositoryName, filter: { tagStatus: 'UNTAGGED' } });
  assert.deepEqual(listed.imageIds, [{ imageDigest: digestOf(note) }]);
  const first = await ecr.call('ListImages', { repositoryName, maxResults: 1 });
  const second = await ecr.call('ListImages', { repositoryName, maxResults: 1, nextToken: first.nextToken });
  assert.equal([...(first.imageIds as unknown[]), ...(second.imageIds as unknown[])].length, 2);
  const { imageDetails } = await ecr.call('DescribeImages', { repositoryName, imageIds: [{ imageTag: 'one' }] });
  const [detail] = imageDetails as Output[];
  assert.equal(detail?.imageSizeInBytes, configText.length + layerText.length);
}

async function refuseListings(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const imageIds = [{ imageTag: 'absent' }];
  await ecr.refuses('DescribeImages', { repositoryName, imageIds }, 'ImageNotFoundException');
  for (const operation of ['ListImages', 'DescribeImages', 'ListImageReferrers']) {
    const subject = operation === 'ListImageReferrers' ? { subjectId: { imageDigest: absentDigest } } : {};
    const forged = { repositoryName, nextToken: 'Zm9yZ2Vk', ...subject };
    await ecr.refuses(operation, forged, 'InvalidParameterException');
    await ecr.refuses(operation, { ...subject, repositoryName: 'absent/one' }, 'RepositoryNotFoundException');
  }
  for (const operation of ['BatchGetImage', 'BatchDeleteImage']) {
    await ecr.refuses(operation, { repositoryName: 'absent/one', imageIds }, 'RepositoryNotFoundException');
    await ecr.refuses(operation, { repositoryName: 'Bad/Name', imageIds }, 'InvalidParameterException');
  }
}

async function deleteImages(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const imageManifest = manifestOf({ annotations: { short: 'lived' } });
  await ecr.call('PutImage', { repositoryName, imageManifest, imageTag: 'short-lived' });
  const imageIds = [{ imageTag: 'short-lived' }, { imageTag: 'absent' }, {}];
  const { imageIds: gone, failures } = await ecr.call('BatchDeleteImage', { repositoryName, imageIds });
  assert.deepEqual(gone, [{ imageDigest: digestOf(imageManifest), imageTag: 'short-lived' }]);
  const codes = (failures as Output[]).map(({ failureCode }) => failureCode);
  assert.deepEqual(codes, ['ImageNotFound', 'MissingDigestAndTag']);
}

function manifestOf(more: object = {}): string {
  const descriptor = (mediaType: string, text: string) => ({ mediaType, digest: digestOf(text), size: text.length });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: imageType,
    config: descriptor('application/vnd.oci.image.config.v1+json', configText),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layerText)],
    ...more,
  });
}
