// What IAM demands of each member of the operations of tags on users and roles.

import type { InputConstraints } from '#wire/constraints.ts';
import { entityName, existingUserName, page, tagKeys, tags } from '../member-constraints.ts';

const user: InputConstraints = { UserName: existingUserName };
const role: InputConstraints = { RoleName: entityName };

export const tagConstraints: Readonly<Record<string, InputConstraints>> = {
  TagUser: { ...user, ...tags },
  UntagUser: { ...user, ...tagKeys },
  ListUserTags: { ...user, ...page },
  TagRole: { ...role, ...tags },
  UntagRole: { ...role, ...tagKeys },
  ListRoleTags: { ...role, ...page },
};
