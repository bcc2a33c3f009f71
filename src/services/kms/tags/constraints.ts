// What KMS demands of each member of the operations of tags.

import type { InputConstraints } from '#wire/constraints.ts';
import { key, page, tagKeys, tags } from '../member-constraints.ts';

export const keyTagConstraints: Readonly<Record<string, InputConstraints>> = {
  TagResource: { ...key, ...tags },
  UntagResource: { ...key, ...tagKeys },
  ListResourceTags: { ...key, ...page, Limit: { range: [1, 50] } },
};
