// TagResource, UntagResource, ListResourceTags.

import { need } from '#core/need.ts';
import type { KmsKey } from '../keys/key.ts';
import { onKey, requireCustomerKey } from '../keys/key-operation.ts';
import { pageOf, within } from '../paging.ts';
import { givenTags, requestTags } from './given-tags.ts';

type KeyTag = KmsKey['tags'][number];

const tagResource = onKey('TagResource', {
  kind: 'write',
  errors: ['kms-key-state-invalid', 'kms-limit-exceeded', 'kms-tag-invalid'],
  context: ({ Tags }) => requestTags(Tags).context,
  async handle({ Tags }, key, { tags }, caller) {
    requireCustomerKey(key, 'kms:TagResource', caller);
    await tags.set(key, givenTags(Tags));
    return {};
  },
});

const untagResource = onKey('UntagResource', {
  kind: 'write',
  errors: ['kms-key-state-invalid', 'kms-tag-invalid'],
  context: ({ TagKeys }) => need('', '', { tagKeys: TagKeys }).context ?? {},
  async handle({ TagKeys }, key, { tags }, caller) {
    requireCustomerKey(key, 'kms:UntagResource', caller);
    await tags.remove(key, TagKeys);
    return {};
  },
});

const listResourceTags = onKey('ListResourceTags', {
  kind: 'read',
  errors: ['kms-marker-invalid'],
  async handle(input, key, rooms) {
    const { items, ...page } = await pageOf(rooms, input, {
      scope: `ListResourceTags ${key.arn}`,
      limitDefault: 50,
      read: within<KeyTag>(key.tags, (tag) => tag.key),
      keyOf: (tag) => tag.key,
    });
    return { Tags: items.map((tag) => ({ TagKey: tag.key, TagValue: tag.value })), ...page };
  },
});

export const keyTagOperations = {
  TagResource: tagResource,
  UntagResource: untagResource,
  ListResourceTags: listResourceTags,
};
