// Layers: which ones are there, where to fetch one, and the upload of one in parts.

import type * as Ecr from '@aws-sdk/client-ecr';
import { parseDigest } from '#core/digest.ts';
import { DomainError, invalidParameter } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Repository, UploadStatus } from '#registry/registry.ts';
import { type InputOf, type OutputOf, operation } from '#wire/sdk.ts';
import { type EcrRooms, needOnRepository, repositoryOf } from './rooms.ts';

type Availability = OutputOf<typeof Ecr, 'BatchCheckLayerAvailability'>;
type PartInput = InputOf<typeof Ecr, 'UploadLayerPart'>;

const digestForm = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;

/** A layer that is not there is UNAVAILABLE; only a malformed digest is a failure. */
export const batchCheckLayerAvailability = operation<typeof Ecr, 'BatchCheckLayerAvailability', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:BatchCheckLayerAvailability'),
  errors: ['invalid-parameter', 'repository-not-found'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const layers: Array<NonNullable<Availability['layers']>[number]> = [];
    const failures: Array<NonNullable<Availability['failures']>[number]> = [];
    const digests = input.layerDigests.flatMap((layerDigest) => parseDigest(layerDigest) ?? []);
    const mediaTypes = await rooms.registry.layers.mediaTypes(repository, digests);
    for (const layerDigest of input.layerDigests) {
      if (!digestForm.test(layerDigest)) failures.push(invalidLayerDigest(layerDigest));
      else layers.push(await layerView(repository, layerDigest, mediaTypes, rooms));
    }
    return { layers, failures };
  },
});

/** A URL of our own, good for one layer and one hour; permissions are evaluated again when it is used. */
export const getDownloadUrlForLayer = operation<typeof Ecr, 'GetDownloadUrlForLayer', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:GetDownloadUrlForLayer'),
  errors: ['invalid-parameter', 'layer-not-found', 'layer-inaccessible', 'repository-not-found'],
  audit: { response: () => null },
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const { registry, name: repositoryName } = repository;
    const where = `within the repository with name '${repositoryName}' in the registry with id '${registry.accountId}'`;
    const digest = parseDigest(input.layerDigest);
    const layer = digest === undefined ? undefined : await rooms.registry.layers.find(repository, digest);
    if (digest === undefined || layer === undefined) {
      const message = `The layer with digest ${input.layerDigest} does not exist ${where}`;
      throw new DomainError('layer-not-found', message, {});
    }
    if (!(await rooms.registry.layers.isReferenced(repository, digest))) {
      const message = `The layer with digest ${digest} is not referenced by any image ${where}`;
      throw new DomainError('layer-inaccessible', message, {});
    }
    const grant = { registry, repositoryName, digest };
    const { token } = rooms.tokens.downloadToken(caller, grant, limits.downloadUrlLifeMs);
    return { downloadUrl: rooms.addresses.downloadUrl(registry, token), layerDigest: digest };
  },
});

export const initiateLayerUpload = operation<typeof Ecr, 'InitiateLayerUpload', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:InitiateLayerUpload'),
  errors: ['invalid-parameter', 'repository-not-found', 'kms-unavailable'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const { id } = await rooms.registry.uploads.start(repository, {
      openedBy: caller.principal.principalId,
    });
    return { uploadId: id, partSize: limits.uploadPartSizeBytes };
  },
});

export const uploadLayerPart = operation<typeof Ecr, 'UploadLayerPart', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:UploadLayerPart'),
  errors: [
    ...(['invalid-parameter', 'layer-part-invalid', 'repository-not-found'] as const),
    ...(['upload-not-found', 'limit-exceeded', 'kms-unavailable'] as const),
  ],
  audit: { request: ({ layerPartBlob: _bytes, ...named }) => named },
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const { uploads } = rooms.registry;
    const uploadId = input.uploadId.toLowerCase();
    const lengthBytes = input.partLastByte - input.partFirstByte + 1;
    if (lengthBytes !== input.layerPartBlob.length || lengthBytes === 0) {
      throw invalidPart(repository, await uploads.status(repository, uploadId));
    }
    const part = { firstByte: input.partFirstByte, lengthBytes, body: bodyOf(input) };
    const { receivedBytes } = await uploads.append(repository, uploadId, part);
    const { registry, name: repositoryName } = repository;
    return { registryId: registry.accountId, repositoryName, uploadId, lastByteReceived: receivedBytes - 1 };
  },
});

export const completeLayerUpload = operation<typeof Ecr, 'CompleteLayerUpload', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:CompleteLayerUpload'),
  errors: [
    ...(['invalid-parameter', 'repository-not-found', 'upload-not-found', 'layer-digest-mismatch'] as const),
    ...(['layer-part-too-small', 'layer-already-exists', 'upload-empty', 'kms-unavailable'] as const),
  ],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const uploadId = input.uploadId.toLowerCase();
    // The list may be long, but one upload is one layer: the first digest of an algorithm served is the one.
    const digest = input.layerDigests.map(parseDigest).find((parsed) => parsed !== undefined);
    if (digest === undefined) throw invalidParameter('layerDigests', 'Member must name a sha256 digest');
    await rooms.registry.uploads.complete(repository, uploadId, { digest, rules: 'ecr' });
    const { registry, name: repositoryName } = repository;
    return { registryId: registry.accountId, repositoryName, uploadId, layerDigest: digest };
  },
});

async function layerView(
  repository: Repository,
  layerDigest: string,
  mediaTypes: ReadonlyMap<string, string>,
  { registry }: EcrRooms,
) {
  const mediaType = mediaTypes.get(layerDigest);
  const digest = parseDigest(layerDigest);
  const layer = digest === undefined ? undefined : await registry.layers.find(repository, digest);
  if (layer === undefined) return { layerDigest, layerAvailability: 'UNAVAILABLE' as const };
  return {
    layerDigest,
    layerAvailability: 'AVAILABLE' as const,
    layerSize: layer.sizeBytes,
    ...(mediaType === undefined ? {} : { mediaType }),
  };
}

function invalidLayerDigest(layerDigest: string) {
  const rule = "layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'";
  const failureReason = `Invalid request parameters: ${rule}`;
  return { layerDigest, failureCode: 'InvalidLayerDigest' as const, failureReason };
}

function invalidPart(repository: Repository, { id, receivedBytes }: UploadStatus): DomainError<'layer-part-invalid'> {
  const { registry, name: repositoryName } = repository;
  return new DomainError(
    'layer-part-invalid',
    'The size of the layer part does not match the bytes it claims to hold',
    {
      registryId: registry.accountId,
      repositoryName,
      uploadId: id,
      lastValidByteReceived: receivedBytes - 1,
    },
  );
}

async function* bodyOf({ layerPartBlob }: PartInput): AsyncIterable<Uint8Array> {
  yield layerPartBlob;
}
