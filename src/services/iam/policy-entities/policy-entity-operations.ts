// ListEntitiesForPolicy: who has a managed policy.

import type * as Iam from '@aws-sdk/client-iam';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import type { HolderKind } from './tables.ts';

/** Filters name kinds of entities; the two that name kinds of policies match none. */
const kinds: Readonly<Record<string, HolderKind>> = { User: 'user', Role: 'role', Group: 'group' };
const allKinds: readonly HolderKind[] = ['group', 'user', 'role'];

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html */
const listEntitiesForPolicy = operation<typeof Iam, 'ListEntitiesForPolicy', IamRooms>({
  kind: 'read',
  needs: ({ PolicyArn }) => [need('iam:ListEntitiesForPolicy', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, { accountId }, rooms) {
    const {
      PolicyArn: policyArn,
      EntityFilter: filter,
      PathPrefix: pathPrefix = '/',
      PolicyUsageFilter: usage,
    } = input;
    const wanted = filter === undefined ? allKinds : [kinds[filter]].filter((kind) => kind !== undefined);
    const scope = `ListEntitiesForPolicy/${policyArn}/${filter ?? ''}/${pathPrefix}/${usage ?? ''}`;
    const { items, ...page } = await pageOfTable(rooms, scope, input, {
      read: (after, limit) =>
        rooms.policyEntities.list({ accountId, policyArn, kinds: wanted, pathPrefix, usage, after, limit }),
      keyOf: ({ owner_id }) => owner_id,
    });
    const of = (kind: HolderKind) => items.filter((item) => item.kind === kind);
    return {
      PolicyGroups: of('group').map(({ name, owner_id }) => ({ GroupName: name, GroupId: owner_id })),
      PolicyUsers: of('user').map(({ name, owner_id }) => ({ UserName: name, UserId: owner_id })),
      PolicyRoles: of('role').map(({ name, owner_id }) => ({ RoleName: name, RoleId: owner_id })),
      ...page,
    };
  },
});

export const policyEntityOperations = { ListEntitiesForPolicy: listEntitiesForPolicy };
