// Access keys: CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey. A secret is told once.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { needOn, ownerOf } from '../entities/names.ts';
import { pageOfList } from '../paging.ts';
import { noSuchEntity } from '../refusals.ts';
import type { IamRooms } from '../rooms.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html */
const createAccessKey = operation<typeof Iam, 'CreateAccessKey', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:CreateAccessKey'),
  errors: ['validation-failed', 'no-such-entity', 'entity-limit-exceeded'],
  audit: {
    response: ({ AccessKey }) => ({
      accessKey: { userName: AccessKey?.UserName, accessKeyId: AccessKey?.AccessKeyId, status: AccessKey?.Status },
    }),
  },
  async handle(input, caller, { accessKeys }) {
    const key = await accessKeys.create(caller.accountId, ownerOf('user', input, caller).name);
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

const listAccessKeys = operation<typeof Iam, 'ListAccessKeys', IamRooms>({
  kind: 'read',
  needs: needOn('user', 'iam:ListAccessKeys'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, rooms) {
    const userName = ownerOf('user', input, caller).name;
    const rows = await rooms.accessKeys.list(caller.accountId, userName);
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

const updateAccessKey = operation<typeof Iam, 'UpdateAccessKey', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:UpdateAccessKey'),
  errors: ['validation-failed', 'no-such-entity', 'invalid-input'],
  async handle(input, caller, { accessKeys }) {
    if (input.Status === 'Expired') throw new DomainError('invalid-input', 'A key cannot be set to Expired.', {});
    await accessKeys.setStatus(caller.accountId, ownerOf('user', input, caller).name, input.AccessKeyId, input.Status);
    return {};
  },
});

const deleteAccessKey = operation<typeof Iam, 'DeleteAccessKey', IamRooms>({
  kind: 'write',
  needs: needOn('user', 'iam:DeleteAccessKey'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { accessKeys }) {
    await accessKeys.remove(caller.accountId, ownerOf('user', input, caller).name, input.AccessKeyId);
    return {};
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html */
const getAccessKeyLastUsed = operation<typeof Iam, 'GetAccessKeyLastUsed', IamRooms>({
  kind: 'read',
  // Whose key it is shows only when one looks.
  needs: () => [],
  async furtherNeeds({ AccessKeyId }, { accountId }, { accessKeys }) {
    const use = await accessKeys.findUse(accountId, AccessKeyId);
    return [need('iam:GetAccessKeyLastUsed', use?.userArn ?? iamArn(accountId, 'user', '/', '*'))];
  },
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ AccessKeyId }, { accountId }, { accessKeys, activity }) {
    await activity.write();
    const use = await accessKeys.findUse(accountId, AccessKeyId);
    if (use === undefined) throw noSuchEntity(`The Access Key with id ${AccessKeyId}`);
    const { userName: UserName, last } = use;
    if (last === undefined) return { UserName, AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' } };
    const { atMs, service: ServiceName, region: Region } = last;
    return { UserName, AccessKeyLastUsed: { LastUsedDate: new Date(atMs), ServiceName, Region } };
  },
});

export const accessKeyOperations = {
  CreateAccessKey: createAccessKey,
  ListAccessKeys: listAccessKeys,
  UpdateAccessKey: updateAccessKey,
  DeleteAccessKey: deleteAccessKey,
  GetAccessKeyLastUsed: getAccessKeyLastUsed,
};
