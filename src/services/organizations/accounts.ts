// Accounts of the organisation: all of the site's that are not removed.

import type * as Organizations from '@aws-sdk/client-organizations';
import { operation } from '#wire/sdk.ts';
import { nodeArn } from './arns.ts';
import { needOnAll, needOnArn } from './needs.ts';
import { pageOf } from './paging.ts';
import { notFound, requireOrganization } from './refusals.ts';
import type { MemberAccount, OrganizationsRooms } from './rooms.ts';
import { findMember, membersOf, requireParent } from './tree.ts';
import { accountView } from './views.ts';

const keyOf = ({ accountId }: MemberAccount) => accountId;

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html */
const listAccounts = operation<typeof Organizations, 'ListAccounts', OrganizationsRooms>({
  kind: 'read',
  needs: needOnAll('ListAccounts'),
  errors: ['organizations-not-in-use', 'validation-failed', 'invalid-next-token'],
  async handle(input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { items, ...page } = pageOf(rooms, ['ListAccounts'], input, { all: await membersOf(rooms), keyOf });
    return { Accounts: items.map((one) => accountView(organization, one)), ...page };
  },
});

const listAccountsForParent = operation<typeof Organizations, 'ListAccountsForParent', OrganizationsRooms>({
  kind: 'read',
  ...needOnArn<{ readonly ParentId: string }>('ListAccountsForParent', (organization, { ParentId }) =>
    nodeArn(organization, ParentId),
  ),
  errors: ['organizations-not-in-use', 'parent-not-found', 'validation-failed', 'invalid-next-token'],
  async handle(input, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const { ParentId } = input;
    requireParent(organization, ParentId);
    const all = (await membersOf(rooms)).filter(({ accountId }) => organization.unitOf(accountId) === ParentId);
    const { items, ...page } = pageOf(rooms, ['ListAccountsForParent', ParentId], input, { all, keyOf });
    return { Accounts: items.map((one) => accountView(organization, one)), ...page };
  },
});

const describeAccount = operation<typeof Organizations, 'DescribeAccount', OrganizationsRooms>({
  kind: 'read',
  ...needOnArn<{ readonly AccountId: string }>('DescribeAccount', (organization, { AccountId }) =>
    nodeArn(organization, AccountId),
  ),
  errors: ['organizations-not-in-use', 'account-not-found', 'validation-failed'],
  async handle({ AccountId }, _caller, rooms) {
    const organization = requireOrganization(rooms);
    const account = await findMember(rooms, AccountId);
    if (account === undefined) throw notFound('account-not-found');
    return { Account: accountView(organization, account) };
  },
});

export const accountOperations = {
  ListAccounts: listAccounts,
  ListAccountsForParent: listAccountsForParent,
  DescribeAccount: describeAccount,
};
