// What IAM demands of each member of the operations of users.

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, entityName, existingUserName, page, path, pathPrefix, tags } from '../member-constraints.ts';

const existing: InputConstraints = { UserName: existingUserName };

export const userConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateUser: { UserName: entityName, Path: path, PermissionsBoundary: arn, ...tags },
  GetUser: existing,
  ListUsers: { PathPrefix: pathPrefix, ...page },
  UpdateUser: { ...existing, NewPath: path, NewUserName: entityName },
  DeleteUser: existing,
};
