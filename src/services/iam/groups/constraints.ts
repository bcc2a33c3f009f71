// What IAM demands of each member of the operations of groups.

import type { InputConstraints } from '#wire/constraints.ts';
import { existingUserName, longName, page, path, pathPrefix } from '../member-constraints.ts';

const group: InputConstraints = { GroupName: longName };
const member: InputConstraints = { ...group, UserName: existingUserName };

export const groupConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateGroup: { Path: path, ...group },
  GetGroup: { ...group, ...page },
  ListGroups: { PathPrefix: pathPrefix, ...page },
  UpdateGroup: { ...group, NewPath: path, NewGroupName: longName },
  DeleteGroup: group,
  AddUserToGroup: member,
  RemoveUserFromGroup: member,
  ListGroupsForUser: { UserName: existingUserName, ...page },
};
