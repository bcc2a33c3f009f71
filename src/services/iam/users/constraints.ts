// What IAM demands of each member of the operations of users.

import type { InputConstraints } from '#wire/constraints.ts';
import { entityName, page, path, pathPrefix } from '../member-constraints.ts';

const user: InputConstraints = { UserName: entityName };

export const userConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateUser: { ...user, Path: path },
  GetUser: user,
  ListUsers: { PathPrefix: pathPrefix, ...page },
  DeleteUser: user,
};
