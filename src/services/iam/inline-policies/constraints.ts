// What IAM demands of each member of the operations of inline policies.

import type { InputConstraints } from '#wire/constraints.ts';
import { document, entityName, existingUserName, longName, page } from '../member-constraints.ts';

const policy: InputConstraints = { PolicyName: longName };
const user: InputConstraints = { UserName: existingUserName };
const group: InputConstraints = { GroupName: longName };
const role: InputConstraints = { RoleName: entityName };

export const inlinePolicyConstraints: Readonly<Record<string, InputConstraints>> = {
  PutUserPolicy: { ...user, ...policy, PolicyDocument: document },
  GetUserPolicy: { ...user, ...policy },
  ListUserPolicies: { ...user, ...page },
  DeleteUserPolicy: { ...user, ...policy },
  PutGroupPolicy: { ...group, ...policy, PolicyDocument: document },
  GetGroupPolicy: { ...group, ...policy },
  ListGroupPolicies: { ...group, ...page },
  DeleteGroupPolicy: { ...group, ...policy },
  PutRolePolicy: { ...role, ...policy, PolicyDocument: document },
  GetRolePolicy: { ...role, ...policy },
  ListRolePolicies: { ...role, ...page },
  DeleteRolePolicy: { ...role, ...policy },
};
