// GetAccountAuthorizationDetails: who may what in the account, all of it.

import type * as Iam from '@aws-sdk/client-iam';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { pageOfTable } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { type DetailKind, type Details, detailKinds, listEntries, readEntry } from './authorization-details.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html */
const getAccountAuthorizationDetails = operation<typeof Iam, 'GetAccountAuthorizationDetails', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:GetAccountAuthorizationDetails', '*')],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const { Filter: filter = [] } = input;
    const kinds = new Set<DetailKind>(filter.length === 0 ? detailKinds : filter);
    const scope = `GetAccountAuthorizationDetails/${accountId}/${[...kinds].sort().join()}`;
    const { items, ...page } = await pageOfTable(rooms, scope, input, {
      read: (after, limit) => listEntries({ rooms, accountId }, kinds, after, limit),
      keyOf: ({ position }) => position,
    });
    const details = (await Promise.all(items.map(readEntry))).filter((one) => one !== undefined);
    return {
      UserDetailList: present(details, 'user'),
      GroupDetailList: present(details, 'group'),
      RoleDetailList: present(details, 'role'),
      Policies: present(details, 'policy'),
      ...page,
    };
  },
});

export const authorizationDetailsOperations = { GetAccountAuthorizationDetails: getAccountAuthorizationDetails };

function present<Name extends keyof Details>(details: readonly Details[], name: Name) {
  return details.map((one) => one[name]).filter((one) => one !== undefined);
}
