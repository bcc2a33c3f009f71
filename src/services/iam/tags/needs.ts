// What a call needs that makes something with tags: to make it and to tag it, both with the tags in their context.

import { type Need, need } from '#core/need.ts';
import type { Tag } from './tags.ts';

/** `actions` is the one that makes, and the one that tags what is there: `['iam:CreateUser', 'iam:TagUser']`. */
export function needsToCreate(
  [create, tag]: readonly [create: string, tag: string],
  arn: string,
  tags: readonly Tag[] = [],
): readonly Need[] {
  const actions = tags.length === 0 ? [create] : [create, tag];
  return actions.map((action) => need(action, arn, { requestTags: tags }));
}
