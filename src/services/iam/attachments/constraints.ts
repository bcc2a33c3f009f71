// What IAM demands of each member of the operations that attach managed policies.

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, entityName, existingUserName, longName, page, pathPrefix } from '../member-constraints.ts';

const user: InputConstraints = { UserName: existingUserName };
const group: InputConstraints = { GroupName: longName };
const role: InputConstraints = { RoleName: entityName };
const policy: InputConstraints = { PolicyArn: arn };

export const attachmentConstraints: Readonly<Record<string, InputConstraints>> = {
  AttachUserPolicy: { ...user, ...policy },
  DetachUserPolicy: { ...user, ...policy },
  ListAttachedUserPolicies: { ...user, PathPrefix: pathPrefix, ...page },
  AttachGroupPolicy: { ...group, ...policy },
  DetachGroupPolicy: { ...group, ...policy },
  ListAttachedGroupPolicies: { ...group, PathPrefix: pathPrefix, ...page },
  AttachRolePolicy: { ...role, ...policy },
  DetachRolePolicy: { ...role, ...policy },
  ListAttachedRolePolicies: { ...role, PathPrefix: pathPrefix, ...page },
};
