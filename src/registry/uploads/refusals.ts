// The refusals about uploads, in ECR's words where it has some (ecr-api.md, Layers).

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { theRepository } from '../layers/refusals.ts';
import type { Repository, UploadStatus } from '../registry.ts';

export function uploadNotFound(repository: Repository, uploadId: string): DomainError<'upload-not-found'> {
  const message = `The upload with id '${uploadId.slice(0, 64)}' does not exist in ${theRepository(repository)}`;
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

/** A part that does not begin where the upload ends, or that came while another request was at work. */
export function layerPartInvalid(
  repository: Repository,
  upload: UploadStatus,
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

export function layerTooLarge(): DomainError<'limit-exceeded'> {
  const message = `A layer may have at most ${limits.layerSizeBytesMax} bytes`;
  return new DomainError('limit-exceeded', message, {});
}

export function tooManyParts(): DomainError<'limit-exceeded'> {
  return new DomainError('limit-exceeded', `An upload may have at most ${limits.uploadPartsMax} parts`, {});
}

export function tooManyUploads(whose: string): DomainError<'limit-exceeded'> {
  const message = `${whose} has as many open uploads as it may; complete or cancel some`;
  return new DomainError('limit-exceeded', message, { retryAfterMs: 60_000 });
}
