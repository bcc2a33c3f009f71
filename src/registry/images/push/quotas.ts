// The quotas that a push may meet (ecr-api.md §16).

import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Repository } from '../../registry.ts';
import { named } from '../refusals.ts';

export function tooManyImages(repository: Repository): DomainError<'limit-exceeded'> {
  const message = `The ${named(repository)} already has the maximum number of images, ${limits.imagesPerRepositoryMax}`;
  return new DomainError('limit-exceeded', message, {});
}

export function tooManyTags(repository: Repository, digest: Digest): DomainError<'limit-exceeded'> {
  const message =
    `The image with digest '${digest}' in the ${named(repository)} ` +
    `would have more than the maximum number of tags, ${limits.tagsPerImageMax}`;
  return new DomainError('limit-exceeded', message, {});
}
