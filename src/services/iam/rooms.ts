// What IAM's handlers are given.

import type { PageTokens } from '#wire/paging.ts';
import type { AccessKeys } from './access-keys/access-keys.ts';
import type { Attachments } from './attachments/attachments.ts';
import type { InlinePolicies } from './inline-policies/inline-policies.ts';
import type { Users } from './users/users.ts';

export interface IamRooms {
  readonly users: Users;
  readonly accessKeys: AccessKeys;
  readonly inlinePolicies: InlinePolicies;
  readonly attachments: Attachments;
  readonly pageTokens: PageTokens;
}
