// The rules of resource tags (labels on a repository, not image tags) as CreateRepository and TagResource apply them.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';

/** A tag as requests carry it. */
export interface RequestTag {
  readonly Key: string;
  readonly Value: string;
}

/** Throws too-many-resource-tags or invalid-resource-tag: length, `aws:` prefix, a key given twice. */
export function requireResourceTags(tags: readonly RequestTag[]): void {
  const { resourceTagsMax, resourceTagKeyLengthMax, resourceTagValueLengthMax } = limits;
  if (tags.length > resourceTagsMax) {
    const message = `The number of tags exceeds the limit of ${resourceTagsMax} for a repository`;
    throw new DomainError('too-many-resource-tags', message, {});
  }
  const keys = new Set<string>();
  for (const { Key, Value } of tags) {
    if (Key.length < 1 || Key.length > resourceTagKeyLengthMax) {
      throw invalidTag(`a tag key must have between 1 and ${resourceTagKeyLengthMax} characters`);
    }
    if (Value.length > resourceTagValueLengthMax) {
      throw invalidTag(`a tag value must have at most ${resourceTagValueLengthMax} characters`);
    }
    if (Key.toLowerCase().startsWith('aws:')) throw invalidTag('tag keys that start with aws: are reserved');
    if (keys.has(Key)) throw invalidTag('a tag key must not be given twice');
    keys.add(Key);
  }
}

function invalidTag(constraint: string): DomainError<'invalid-resource-tag'> {
  const message = `Invalid parameter at 'tags' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('invalid-resource-tag', message, {});
}
