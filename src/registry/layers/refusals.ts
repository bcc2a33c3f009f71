// The refusals about layers, in ECR's words where it has some (ecr-api.md, Layers).

import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import type { Repository } from '../registry.ts';

export function layerNotFound(repository: Repository, digest: Digest): DomainError<'layer-not-found'> {
  const message = `The layer with digest ${digest} does not exist within ${theRepository(repository)}`;
  return new DomainError('layer-not-found', message, {});
}

export function layerReferenced(repository: Repository, digest: Digest): DomainError<'image-referenced'> {
  const message = `The layer with digest ${digest} is part of an image in ${theRepository(repository)}`;
  return new DomainError('image-referenced', message, {});
}

export function layerAlreadyExists(repository: Repository, digest: Digest): DomainError<'layer-already-exists'> {
  const message = `Layer with digest '${digest}' already exists in ${theRepository(repository)}`;
  return new DomainError('layer-already-exists', message, {});
}

export function layerDigestMismatch(wanted: Digest, found: Digest): DomainError<'layer-digest-mismatch'> {
  const message = `The layer's digest is ${found} and not ${wanted}, as was said`;
  return new DomainError('layer-digest-mismatch', message, {});
}

/** Collection has given the bytes up, because it took longer than the grace from storing them to naming them. */
export function bytesGivenUp(): DomainError<'storage-unavailable'> {
  return new DomainError('storage-unavailable', 'Storing the layer took too long; send it again', {});
}

/** How ECR names a repository in a sentence. */
export function theRepository({ name, registry }: Repository): string {
  return `the repository with name '${name}' in the registry with id '${registry.accountId}'`;
}
