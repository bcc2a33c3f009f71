// Access keys: CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey. A secret is told once.

import type * as Iam from '@aws-sdk/client-iam';
import { DomainError } from '#core/errors.ts';
import { operation } from '#wire/sdk.ts';
import { type IamRooms, needOnUser, pageOfList, userNameOf } from './rooms.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
export const createAccessKey = operation<typeof Iam, 'CreateAccessKey', IamRooms>({
  kind: 'write',
  needs: needOnUser('iam:CreateAccessKey'),
  errors: ['validation-failed', 'no-such-entity', 'entity-limit-exceeded'],
  audit: {
    response: ({ AccessKey }) => ({
      accessKey: { userName: AccessKey?.UserName, accessKeyId: AccessKey?.AccessKeyId, status: AccessKey?.Status },
    }),
  },
  async handle(input, caller, { users }) {
    const key = await users.createAccessKey(caller.accountId, userNameOf(input, caller));
    return {
      AccessKey: {
        UserName: key.userName,
        AccessKeyId: key.accessKeyId,
        Status: 'Active' as const,
        SecretAccessKey: key.secretAccessKey,
        CreateDate: new Date(key.createdAtMs),
      },
    };
  },
});

export const listAccessKeys = operation<typeof Iam, 'ListAccessKeys', IamRooms>({
  kind: 'read',
  needs: needOnUser('iam:ListAccessKeys'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, rooms) {
    const userName = userNameOf(input, caller);
    const rows = await rooms.users.accessKeys(caller.accountId, userName);
    const list = { all: rows, keyOf: (row: (typeof rows)[number]) => row.access_key_id };
    const { items, ...page } = pageOfList(rooms, `ListAccessKeys/${caller.accountId}/${userName}`, input, list);
    const AccessKeyMetadata = items.map((row) => ({
      UserName: userName,
      AccessKeyId: row.access_key_id,
      Status: row.status === 'Active' ? ('Active' as const) : ('Inactive' as const),
      CreateDate: new Date(row.created_at_ms),
    }));
    return { AccessKeyMetadata, ...page };
  },
});

export const updateAccessKey = operation<typeof Iam, 'UpdateAccessKey', IamRooms>({
  kind: 'write',
  needs: needOnUser('iam:UpdateAccessKey'),
  errors: ['validation-failed', 'no-such-entity', 'invalid-input'],
  async handle(input, caller, { users }) {
    if (input.Status === 'Expired') throw new DomainError('invalid-input', 'A key cannot be set to Expired.', {});
    await users.setAccessKeyStatus(caller.accountId, userNameOf(input, caller), input.AccessKeyId, input.Status);
    return {};
  },
});

export const deleteAccessKey = operation<typeof Iam, 'DeleteAccessKey', IamRooms>({
  kind: 'write',
  needs: needOnUser('iam:DeleteAccessKey'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { users }) {
    await users.removeAccessKey(caller.accountId, userNameOf(input, caller), input.AccessKeyId);
    return {};
  },
});
