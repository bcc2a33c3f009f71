// Resource tags of a repository: set, remove, list. They label the repository; image tags are another thing.

import type * as Ecr from '@aws-sdk/client-ecr';
import type { RegistryRef } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError, invalidParameter } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { EcrRooms } from './rooms.ts';

export const tagResource = operation<typeof Ecr, 'TagResource', EcrRooms>({
  kind: 'write',
  needs: (input) => [need('ecr:TagResource', input.resourceArn, { requestTags: input.tags })],
  errors: ['invalid-parameter', 'invalid-resource-tag', 'too-many-resource-tags', 'repository-not-found'],
  async handle(input, caller, { registry }) {
    const { owner, name } = repositoryOfArn(input.resourceArn, caller);
    const tags = input.tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
    await registry.repositories.putTags(owner, name, tags);
    return {};
  },
});

/** Keys that are not there are ignored. */
export const untagResource = operation<typeof Ecr, 'UntagResource', EcrRooms>({
  kind: 'write',
  needs: (input) => [need('ecr:UntagResource', input.resourceArn, { tagKeys: input.tagKeys })],
  errors: ['invalid-parameter', 'invalid-resource-tag', 'too-many-resource-tags', 'repository-not-found'],
  async handle(input, caller, { registry }) {
    const { owner, name } = repositoryOfArn(input.resourceArn, caller);
    if (input.tagKeys.some((key) => key.toLowerCase().startsWith('aws:'))) {
      throw new DomainError('invalid-resource-tag', 'Tag keys that start with aws: are reserved', {});
    }
    await registry.repositories.removeTags(owner, name, input.tagKeys);
    return {};
  },
});

export const listTagsForResource = operation<typeof Ecr, 'ListTagsForResource', EcrRooms>({
  kind: 'read',
  needs: (input) => [need('ecr:ListTagsForResource', input.resourceArn)],
  errors: ['invalid-parameter', 'repository-not-found'],
  async handle(input, caller, { registry }) {
    const { owner, name } = repositoryOfArn(input.resourceArn, caller);
    const tags = await registry.repositories.tags(owner, name);
    return { tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  },
});

/** The constraint on resourceArn has checked its form; a region that this call is not made in is refused here. */
function repositoryOfArn(text: string, caller: Caller): { readonly owner: RegistryRef; readonly name: string } {
  const arn = parseArn(text);
  if (arn === undefined || arn.region !== caller.region) throw invalidParameter('resourceArn', 'Invalid ARN');
  return { owner: registryOf(caller, arn.accountId), name: arn.resource.slice('repository/'.length) };
}
