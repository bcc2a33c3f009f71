// Users: create, get, list, update, delete.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needWithBoundary } from '../boundaries/needs.ts';
import { needOn, needOnNewArn, ownerOf } from '../entities/names.ts';
import { pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { needsToCreate } from '../tags/needs.ts';
import { userDetailsView, userView } from './user-view.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
const createUser = operation<typeof Iam, 'CreateUser', IamRooms>({
  kind: 'write',
  needs({ Path = '/', UserName, Tags, PermissionsBoundary }, { accountId }) {
    const arn = iamArn(accountId, 'user', Path, UserName);
    const needs = needsToCreate(['iam:CreateUser', 'iam:TagUser'], arn, Tags);
    return needs.map((one) => needWithBoundary(one, PermissionsBoundary));
  },
  errors: [
    'validation-failed',
    'invalid-input',
    'no-such-entity',
    'entity-already-exists',
    'entity-limit-exceeded',
    'policy-not-attachable',
  ],
  async handle({ UserName: name, Path: path = '/', PermissionsBoundary: boundary, Tags: tags = [] }, caller, rooms) {
    const user = await rooms.users.create({ accountId: caller.accountId, name, path, boundary, tags });
    return { User: userDetailsView(user) };
  },
});

const getUser = operation<typeof Iam, 'GetUser', IamRooms>({
  kind: 'read',
  needs: needOn('user', 'iam:GetUser'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { users }) {
    return { User: userDetailsView(await users.get(caller.accountId, ownerOf('user', input, caller).name)) };
  },
});

const listUsers = operation<typeof Iam, 'ListUsers', IamRooms>({
  kind: 'read',
  needs: ({ PathPrefix = '/' }, { accountId }) => [need('iam:ListUsers', iamArn(accountId, 'user', PathPrefix, '*'))],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const { items, ...page } = await pageOfTable(rooms, `ListUsers/${accountId}/${pathPrefix}`, input, {
      read: (after, limit) => rooms.users.list(accountId, { pathPrefix, after, limit }),
      keyOf: (row) => row.name_key,
    });
    return { Users: items.map(userView), ...page };
  },
});

const updateUser = operation<typeof Iam, 'UpdateUser', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:UpdateUser'),
  furtherNeeds: needOnNewArn('user', 'iam:UpdateUser'),
  errors: ['validation-failed', 'no-such-entity', 'entity-already-exists'],
  async handle({ UserName, NewUserName: name, NewPath: path }, { accountId }, { users }) {
    await users.update(accountId, UserName, { name, path });
    return {};
  },
});

const deleteUser = operation<typeof Iam, 'DeleteUser', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:DeleteUser'),
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict'],
  async handle({ UserName }, { accountId }, { users }) {
    await users.remove(accountId, UserName);
    return {};
  },
});

export const userOperations = {
  CreateUser: createUser,
  GetUser: getUser,
  ListUsers: listUsers,
  UpdateUser: updateUser,
  DeleteUser: deleteUser,
};
