// What IAM demands of each member of the operations of inline policies.

import type { InputConstraints } from '#wire/constraints.ts';
import { document, entityName, longName, page } from '../member-constraints.ts';

const policy: InputConstraints = { PolicyName: longName };
const user: InputConstraints = { UserName: entityName };

export const inlinePolicyConstraints: Readonly<Record<string, InputConstraints>> = {
  PutUserPolicy: { ...user, ...policy, PolicyDocument: document },
  GetUserPolicy: { ...user, ...policy },
  ListUserPolicies: { ...user, ...page },
  DeleteUserPolicy: { ...user, ...policy },
};
