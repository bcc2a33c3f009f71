// Tags as inputs bring them: checked, and as the condition keys that policies ask for.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { type NeedContext, need } from '#core/need.ts';
import type { KmsKey } from '../keys/key.ts';

export interface GivenTag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** Throws kms-tag-invalid for tags that no caller may set and for a name that comes twice. */
export function givenTags(given: readonly GivenTag[]): KmsKey['tags'] {
  const names = new Set<string>();
  for (const { TagKey } of given) {
    if (/^aws:/i.test(TagKey)) throw invalid('Tags beginning with aws: are reserved');
    if (names.has(TagKey)) throw invalid('Duplicate tag keys');
    names.add(TagKey);
  }
  requireFew(names.size);
  return given.map(({ TagKey: key, TagValue: value }) => ({ key, value }));
}

/** Throws kms-limit-exceeded. */
export function requireFew(count: number): void {
  if (count > limits.keyTagsMax) throw new DomainError('kms-limit-exceeded', 'Too many tags', {});
}

function invalid(message: string): DomainError {
  return new DomainError('kms-tag-invalid', message, {});
}

/** `aws:RequestTag/…` and `aws:TagKeys`. */
export function requestTags(given: readonly GivenTag[] = []): { readonly context: NeedContext } {
  const tags = given.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value }));
  return { context: need('', '', { requestTags: tags }).context ?? {} };
}
