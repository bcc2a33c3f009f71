// Groups: create, get, list, update, delete, and who is in them.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needOn, needOnNewArn, ownerOf } from '../entities/names.ts';
import { pageOfList, pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { userView } from '../users/user-view.ts';
import { groupRef } from './group-ref.ts';
import type { GroupRow } from './tables.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html */
const createGroup = operation<typeof Iam, 'CreateGroup', IamRooms>({
  kind: 'write',
  needs: ({ Path = '/', GroupName }, { accountId }) => [
    need('iam:CreateGroup', iamArn(accountId, 'group', Path, GroupName)),
  ],
  errors: ['validation-failed', 'entity-already-exists', 'entity-limit-exceeded'],
  async handle({ Path = '/', GroupName }, { accountId }, { groups }) {
    return { Group: groupView(await groups.create(accountId, GroupName, Path)) };
  },
});

/** The group and a page of its users. */
const getGroup = operation<typeof Iam, 'GetGroup', IamRooms>({
  kind: 'read',
  needs: needOn('group', 'iam:GetGroup'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, { accountId }, rooms) {
    const group = await rooms.groups.get(accountId, input.GroupName);
    const { items, ...page } = await pageOfTable(rooms, `GetGroup/${group.group_id}`, input, {
      read: (after, limit) => rooms.groups.members(group.group_id, after, limit),
      keyOf: (row) => row.name_key,
    });
    return { Group: groupView(group), Users: items.map(userView), ...page };
  },
});

const listGroups = operation<typeof Iam, 'ListGroups', IamRooms>({
  kind: 'read',
  needs: ({ PathPrefix = '/' }, { accountId }) => [need('iam:ListGroups', iamArn(accountId, 'group', PathPrefix, '*'))],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...page } = await pageOfTable(rooms, `ListGroups/${accountId}/${pathPrefix}`, input, {
      read: (after, limit) => rooms.groups.list(accountId, { pathPrefix, after, limit }),
      keyOf: (row) => row.name_key,
    });
    return { Groups: items.map(groupView), ...page };
  },
});

const updateGroup = operation<typeof Iam, 'UpdateGroup', IamRooms>({
  kind: 'write',
  needs: needOn('group', 'iam:UpdateGroup'),
  furtherNeeds: needOnNewArn('group', 'iam:UpdateGroup'),
  errors: ['validation-failed', 'no-such-entity', 'entity-already-exists'],
  async handle({ GroupName, NewGroupName: name, NewPath: path }, { accountId }, { groups }) {
    await groups.update(accountId, GroupName, { name, path });
    return {};
  },
});

const deleteGroup = operation<typeof Iam, 'DeleteGroup', IamRooms>({
  kind: 'write',
  needs: needOn('group', 'iam:DeleteGroup'),
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict'],
  async handle({ GroupName }, { accountId }, { groups }) {
    await groups.remove(accountId, GroupName);
    return {};
  },
});

const addUserToGroup = operation<typeof Iam, 'AddUserToGroup', IamRooms>({
  kind: 'write',
  needs: needOn('group', 'iam:AddUserToGroup'),
  errors: ['validation-failed', 'no-such-entity', 'entity-limit-exceeded'],
  async handle({ GroupName, UserName }, { accountId }, { groups }) {
    await groups.addUser(accountId, GroupName, UserName);
    return {};
  },
});

const removeUserFromGroup = operation<typeof Iam, 'RemoveUserFromGroup', IamRooms>({
  kind: 'write',
  needs: needOn('group', 'iam:RemoveUserFromGroup'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ GroupName, UserName }, { accountId }, { groups }) {
    await groups.removeUser(accountId, GroupName, UserName);
    return {};
  },
});

const listGroupsForUser = operation<typeof Iam, 'ListGroupsForUser', IamRooms>({
  kind: 'read',
  needs: needOn('user', 'iam:ListGroupsForUser'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, rooms) {
    const { accountId, name } = ownerOf('user', input, caller);
    const all = await rooms.groups.ofUser(accountId, name);
    const scope = `ListGroupsForUser/${accountId}/${name}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: (row) => row.name_key });
    return { Groups: items.map(groupView), ...page };
  },
});

export const groupOperations = {
  CreateGroup: createGroup,
  GetGroup: getGroup,
  ListGroups: listGroups,
  UpdateGroup: updateGroup,
  DeleteGroup: deleteGroup,
  AddUserToGroup: addUserToGroup,
  RemoveUserFromGroup: removeUserFromGroup,
  ListGroupsForUser: listGroupsForUser,
};

function groupView(row: GroupRow) {
  const { arn, id, name, path } = groupRef(row);
  return { Path: path, GroupName: name, GroupId: id, Arn: arn, CreateDate: new Date(row.created_at_ms) };
}
