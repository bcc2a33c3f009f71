// Users: CreateUser, GetUser, ListUsers, DeleteUser.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { needOn, ownerOf } from '../entities/names.ts';
import { pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import type { UserRow } from './tables.ts';
import { userArn } from './user-ref.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
const createUser = operation<typeof Iam, 'CreateUser', IamRooms>({
  kind: 'write',
  needs: (input, caller) => [
    need('iam:CreateUser', iamArn(caller.accountId, 'user', input.Path ?? '/', input.UserName)),
  ],
  errors: ['validation-failed', 'invalid-input', 'entity-already-exists', 'entity-limit-exceeded'],
  async handle(input, caller, { users }) {
    refuseLater(input);
    return { User: userView(await users.create(caller.accountId, input.UserName, input.Path ?? '/')) };
  },
});

const getUser = operation<typeof Iam, 'GetUser', IamRooms>({
  kind: 'read',
  needs: needOn('user', 'iam:GetUser'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { users }) {
    return { User: userView(await users.get(caller.accountId, ownerOf('user', input, caller).name)) };
  },
});

const listUsers = operation<typeof Iam, 'ListUsers', IamRooms>({
  kind: 'read',
  needs: (input, caller) => [need('iam:ListUsers', iamArn(caller.accountId, 'user', input.PathPrefix ?? '/', '*'))],
  errors: ['validation-failed'],
  async handle(input, caller, rooms) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const scope = `ListUsers/${caller.accountId}/${pathPrefix}`;
    const { items, ...page } = await pageOfTable(rooms, scope, input, {
      read: (after, limit) => rooms.users.list(caller.accountId, { pathPrefix, after, limit }),
      keyOf: (row) => row.name_key,
    });
    return { Users: items.map(userView), ...page };
  },
});

const deleteUser = operation<typeof Iam, 'DeleteUser', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:DeleteUser'),
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict'],
  async handle(input, caller, { users }) {
    await users.remove(caller.accountId, input.UserName);
    return {};
  },
});

export const userOperations = {
  CreateUser: createUser,
  GetUser: getUser,
  ListUsers: listUsers,
  DeleteUser: deleteUser,
};

/** A boundary that nobody enforces must not look as if it did. */
function refuseLater({ PermissionsBoundary, Tags = [] }: InputOf<typeof Iam, 'CreateUser'>): void {
  const member = PermissionsBoundary !== undefined ? 'PermissionsBoundary' : Tags.length > 0 ? 'Tags' : undefined;
  if (member === undefined) return;
  throw new DomainError('invalid-input', `${member} is not served by this version of Sallyport yet.`, {});
}

function userView(user: UserRow) {
  return {
    Path: user.path,
    UserName: user.user_name,
    UserId: user.user_id,
    Arn: userArn(user),
    CreateDate: new Date(user.created_at_ms),
  };
}
