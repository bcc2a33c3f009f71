// The refusals about layers and uploads, in ECR's words (ecr-api.md, Layers).

import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Repository } from '../registry.ts';

export function layerNotFound(repository: Repository, digest: Digest): DomainError<'layer-not-found'> {
  const message = `The layer with digest ${digest} does not exist within ${withName(repository)}`;
  return new DomainError('layer-not-found', message, {});
}

export function layerReferenced(repository: Repository, digest: Digest): DomainError<'image-referenced'> {
  const message = `The layer with digest ${digest} is part of an image in ${withName(repository)}`;
  return new DomainError('image-referenced', message, {});
}

export function layerAlreadyExists(repository: Repository, digest: Digest): DomainError<'layer-already-exists'> {
  const message = `Layer with digest '${digest}' already exists in ${withName(repository)}`;
  return new DomainError('layer-already-exists', message, {});
}

export function layerDigestMismatch(wanted: Digest, found: Digest): DomainError<'layer-digest-mismatch'> {
  const message = `The layer's digest is ${found} and not ${wanted}, as was said`;
  return new DomainError('layer-digest-mismatch', message, {});
}

export function uploadNotFound(repository: Repository, uploadId: string): DomainError<'upload-not-found'> {
  const message = `The upload with id '${uploadId.slice(0, 64)}' does not exist in ${withName(repository)}`;
  return new DomainError('upload-not-found', message, {});
}

export function uploadEmpty(repository: Repository, uploadId: string): DomainError<'upload-empty'> {
  const { name, registry } = repository;
  const where = `in the repository with name '${name}' in registry with id '${registry.accountId}'`;
  const message = `The upload with id '${uploadId}' ${where} cannot be completed because it does not have any parts`;
  return new DomainError('upload-empty', message, {});
}

export function layerPartTooSmall(): DomainError<'layer-part-too-small'> {
  return new DomainError('layer-part-too-small', 'All layer parts except the last part should be at least 5MB', {});
}

/** A part that does not begin where the upload ends, or that came while another was coming. */
export function layerPartInvalid(
  repository: Repository,
  upload: { readonly id: string; readonly receivedBytes: number },
  why: string,
): DomainError<'layer-part-invalid'> {
  const lastValidByteReceived = upload.receivedBytes - 1;
  const message = `${why}; the last valid byte received of upload '${upload.id}' is ${lastValidByteReceived}`;
  return new DomainError('layer-part-invalid', message, {
    registryId: repository.registry.accountId,
    repositoryName: repository.name,
    uploadId: upload.id,
    lastValidByteReceived,
  });
}

export function uploadSizeInvalid(declaredBytes: number, receivedBytes: number): DomainError<'upload-size-invalid'> {
  const message = `${declaredBytes} bytes were announced and ${receivedBytes} arrived`;
  return new DomainError('upload-size-invalid', message, {});
}

/** Collection has given the bytes up, because it took longer than the grace from storing them to naming them. */
export function bytesGivenUp(): DomainError<'storage-unavailable'> {
  return new DomainError('storage-unavailable', 'Storing the layer took too long; send it again', {});
}

export function layerTooLarge(): DomainError<'limit-exceeded'> {
  const message = `A layer may have at most ${limits.layerSizeBytesMax} bytes`;
  return new DomainError('limit-exceeded', message, {});
}

export function tooManyParts(): DomainError<'limit-exceeded'> {
  return new DomainError('limit-exceeded', `An upload may have at most ${limits.uploadPartsMax} parts`, {});
}

export function tooManyUploads(): DomainError<'limit-exceeded'> {
  const message = `The registry already has ${limits.openUploadsMax} open uploads; complete or cancel some`;
  return new DomainError('limit-exceeded', message, {});
}

function withName({ name, registry }: Repository): string {
  return `the repository with name '${name}' in the registry with id '${registry.accountId}'`;
}
