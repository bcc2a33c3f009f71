// Blobs: HEAD, GET (whole or a range), DELETE, and the signed download URL that GetDownloadUrlForLayer hands out.

import { repositoryArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { headerOf, type Reply } from '#core/message.ts';
import { need } from '#core/need.ts';
import type { LayerInfo, LayerRange, Repository } from '#registry/registry.ts';
import { begun } from '#std/begun.ts';
import type { OciInput } from '#wire/oci/oci-format.ts';
import { readRange } from '#wire/oci/range.ts';
import { entityTag, isKnownToClient } from './conditions.ts';
import { audited, needsOn, type OciOperation, type OciRooms, repositoryOf, requireDigest } from './rooms.ts';

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#checking-if-content-exists-in-the-registry */
export const headBlob: OciOperation = {
  kind: 'read',
  needs: needsOn('ecr:BatchCheckLayerAvailability'),
  audit: audited('BatchCheckLayerAvailability', 'layerDigests'),
  async handle(input, _caller, rooms) {
    const { layer } = await findLayer(input, rooms);
    return { status: 200, headers: { ...blobHeaders(layer), 'content-length': layer.sizeBytes } };
  },
};

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-blobs */
export const getBlob: OciOperation = {
  kind: 'read',
  needs: needsOn('ecr:GetDownloadUrlForLayer'),
  audit: audited('GetDownloadUrlForLayer', 'layerDigest'),
  handle: (input, _caller, rooms) => download(input, rooms),
};

/** The target of GetDownloadUrlForLayer: the token names the layer, the caller's rights are evaluated as ever. */
export const downloadLayer: OciOperation = {
  kind: 'read',
  needs: (input) => [need('ecr:GetDownloadUrlForLayer', repositoryArn(input.registry, input.repositoryName))],
  audit: audited('DownloadLayer', 'layerDigest'),
  handle: (input, _caller, rooms) => download(input, rooms),
};

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#deleting-blobs */
export const deleteBlob: OciOperation = {
  kind: 'write',
  needs: needsOn('ecr:BatchDeleteImage'),
  audit: audited('BatchDeleteLayer', 'layerDigest'),
  async handle(input, _caller, rooms) {
    const repository = await repositoryOf(input, rooms);
    const digest = requireDigest(input.reference, rooms.mode);
    await rooms.registry.layers.remove(repository, digest);
    return { status: 202, headers: { 'content-length': 0 } };
  },
};

async function findLayer(
  input: OciInput,
  rooms: OciRooms,
): Promise<{ readonly repository: Repository; readonly layer: LayerInfo }> {
  const digest = requireDigest(input.reference, rooms.mode);
  const named = repositoryOf(input, rooms);
  const repository = named instanceof Promise ? await named : named;
  const found = rooms.registry.layers.find(repository, digest);
  const layer = found instanceof Promise ? await found : found;
  if (layer !== undefined) return { repository, layer };
  const { accountId } = repository.registry;
  const where = `the repository with name '${repository.name}' in the registry with id '${accountId}'`;
  throw new DomainError('layer-not-found', `The layer with digest ${digest} does not exist within ${where}`, {});
}

async function download(input: OciInput, rooms: OciRooms): Promise<Reply> {
  const { repository, layer } = await findLayer(input, rooms);
  const headers = blobHeaders(layer);
  const { sizeBytes, digest } = layer;
  if (isKnownToClient(input.headers, digest)) return { status: 304, headers };
  const range = readRange(wantedRange(input, headers.etag), sizeBytes);
  if (range === 'unsatisfiable') {
    throw new DomainError('range-not-satisfiable', 'The range lies beyond the end of the blob.', { sizeBytes });
  }
  // The first piece is read before the status is said: damage there is an error with a request id.
  const read = (wanted?: LayerRange) =>
    input.method === 'HEAD' ? undefined : begun(rooms.registry.layers.read(repository, digest, wanted));
  if (range === 'whole') {
    return withBody({ status: 200, headers: { ...headers, 'content-length': sizeBytes } }, await read());
  }
  const { first, last } = range;
  const contentRange = `bytes ${first}-${last}/${sizeBytes}`;
  const lengths = { 'content-length': last - first + 1, 'content-range': contentRange };
  return withBody({ status: 206, headers: { ...headers, ...lengths } }, await read(range));
}

function withBody(reply: Reply, body: AsyncIterable<Uint8Array> | undefined): Reply {
  return body === undefined ? reply : { ...reply, body };
}

function blobHeaders(layer: LayerInfo) {
  return {
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    // A browser that shows it after all runs nothing of it in this site's name.
    'content-security-policy': 'sandbox',
    'docker-content-digest': layer.digest,
    etag: entityTag(layer.digest),
  };
}

/** If-Range with another validator than ours means: the whole blob. */
function wantedRange(input: OciInput, etag: string): string | undefined {
  const condition = headerOf(input.headers, 'if-range');
  return condition === undefined || condition === etag ? headerOf(input.headers, 'range') : undefined;
}
