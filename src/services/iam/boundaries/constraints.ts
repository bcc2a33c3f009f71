// What IAM demands of each member of the operations of permissions boundaries.

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, entityName } from '../member-constraints.ts';

const user: InputConstraints = { UserName: entityName };
const role: InputConstraints = { RoleName: entityName };
const boundary: InputConstraints = { PermissionsBoundary: arn };

export const boundaryConstraints: Readonly<Record<string, InputConstraints>> = {
  PutUserPermissionsBoundary: { ...user, ...boundary },
  DeleteUserPermissionsBoundary: user,
  PutRolePermissionsBoundary: { ...role, ...boundary },
  DeleteRolePermissionsBoundary: role,
};
