// What a resource tag of a repository may be (ecr-api.md §2, TagResource).

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { ResourceTag } from '../registry.ts';

/** Throws invalid-resource-tag for a bad or repeated tag, too-many-resource-tags for too many of them. */
export function checkResourceTags(tags: readonly ResourceTag[]): void {
  const keys = new Set<string>();
  for (const { key, value } of tags) {
    checkKey(key);
    if (value.length > limits.resourceTagValueLengthMax) {
      throw invalid(`The value of tag '${key}' is longer than ${limits.resourceTagValueLengthMax} characters`);
    }
    if (keys.has(key)) throw invalid(`The tag key '${key}' is given more than once`);
    keys.add(key);
  }
  checkTagCount(keys.size);
}

/** Throws too-many-resource-tags. */
export function checkTagCount(count: number): void {
  if (count <= limits.resourceTagsMax) return;
  const message = `A repository can have at most ${limits.resourceTagsMax} tags`;
  throw new DomainError('too-many-resource-tags', message, {});
}

function checkKey(key: string): void {
  if (key.length === 0 || key.length > limits.resourceTagKeyLengthMax) {
    throw invalid(`A tag key must have 1 to ${limits.resourceTagKeyLengthMax} characters`);
  }
  if (key.toLowerCase().startsWith('aws:')) throw invalid(`The tag key '${key}' begins with 'aws:', which is reserved`);
}

function invalid(message: string): DomainError<'invalid-resource-tag'> {
  return new DomainError('invalid-resource-tag', message, {});
}
