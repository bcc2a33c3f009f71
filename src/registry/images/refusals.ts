// The refusals about images that are read or removed, in ECR's words (ecr-api.md §2, ecr-dataplane.md §3).

import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import type { ImageReference, Repository } from '../registry.ts';

/** `repository with name 'r' in the registry with id '1'`. */
export function named(repository: Repository): string {
  return `repository with name '${repository.name}' in the registry with id '${repository.registry.accountId}'`;
}

export function requestedImageNotFound(): DomainError<'image-not-found'> {
  return new DomainError('image-not-found', 'Requested image not found', {});
}

/** The longer text that DescribeImages gives. */
export function imageNotFound(repository: Repository, reference: ImageReference): DomainError<'image-not-found'> {
  const id = `{imageDigest:'${reference.digest ?? null}', imageTag:'${reference.tag ?? null}'}`;
  const message = `The image with imageId ${id} does not exist within the ${named(repository)}`;
  return new DomainError('image-not-found', message, {});
}

export function tagDoesNotMatchDigest(): DomainError<'image-digest-mismatch'> {
  return new DomainError('image-digest-mismatch', 'Requested image tag does not match the requested image digest', {});
}

export function imageReferenced(indexes: readonly Digest[]): DomainError<'image-referenced'> {
  const message = `Requested image referenced by manifest list: [${indexes.join(', ')}]`;
  return new DomainError('image-referenced', message, {});
}
