// The refusals of a push, in ECR's words (ecr-api.md §2, ecr-dataplane.md §3).

import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import type { Repository } from '../../registry.ts';
import { named } from '../refusals.ts';

export function digestDoesNotMatch(given: Digest, actual: Digest): DomainError<'image-digest-mismatch'> {
  const message = `The given image digest '${given}' does not match the digest '${actual}' of the image manifest`;
  return new DomainError('image-digest-mismatch', message, {});
}

export function imageAlreadyExists(
  repository: Repository,
  digest: Digest,
  tag: string | undefined,
): DomainError<'image-already-exists'> {
  const { name, registry } = repository;
  const message =
    `Image with digest '${digest}' and tag '${tag ?? null}' already exists in the repository ` +
    `with name '${name}' in registry with id '${registry.accountId}'`;
  return new DomainError('image-already-exists', message, {});
}

export function tagImmutable(repository: Repository, tag: string): DomainError<'tag-immutable'> {
  const message =
    `The image tag '${tag}' already exists in the '${repository.name}' repository ` +
    'and cannot be overwritten because the tag is immutable.';
  return new DomainError('tag-immutable', message, {});
}

export function tagInvalid(): DomainError<'tag-invalid'> {
  const constraint = "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'";
  const message = `Invalid parameter at 'imageTag' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('tag-invalid', message, {});
}

export function layersMissing(repository: Repository, digests: readonly Digest[]): DomainError<'layers-missing'> {
  const list = `Layers with digests '[${digests.join(', ')}]'`;
  const message = `${list} required for pushing image into ${named(repository)} do not exist`;
  return new DomainError('layers-missing', message, { digests });
}

export function imagesMissing(repository: Repository, digests: readonly Digest[]): DomainError<'images-missing'> {
  const list = `Images with digests '[${digests.join(', ')}]'`;
  const message = `${list} required for pushing image into ${named(repository)} do not exist`;
  return new DomainError('images-missing', message, { digests });
}

export function preconditionFailed(): DomainError<'precondition-failed'> {
  return new DomainError('precondition-failed', 'The tag does not refer to the expected image', {});
}
