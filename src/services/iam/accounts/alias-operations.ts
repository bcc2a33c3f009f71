// Account aliases: create, list, delete. An account has one at most, and no two accounts have the same.

import type * as Iam from '@aws-sdk/client-iam';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { pageOfList } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html */
const createAccountAlias = operation<typeof Iam, 'CreateAccountAlias', IamRooms>({
  kind: 'write',
  needs: () => [need('iam:CreateAccountAlias', '*')],
  errors: ['validation-failed', 'entity-already-exists'],
  async handle({ AccountAlias }, { accountId }, { aliases }) {
    await aliases.set(accountId, AccountAlias);
    return {};
  },
});

const listAccountAliases = operation<typeof Iam, 'ListAccountAliases', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:ListAccountAliases', '*')],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const alias = await rooms.aliases.find(accountId);
    const all = alias === undefined ? [] : [alias];
    const scope = `ListAccountAliases/${accountId}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: (one) => one });
    return { AccountAliases: items, ...page };
  },
});

const deleteAccountAlias = operation<typeof Iam, 'DeleteAccountAlias', IamRooms>({
  kind: 'write',
  needs: () => [need('iam:DeleteAccountAlias', '*')],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ AccountAlias }, { accountId }, { aliases }) {
    await aliases.remove(accountId, AccountAlias);
    return {};
  },
});

export const accountOperations = {
  CreateAccountAlias: createAccountAlias,
  ListAccountAliases: listAccountAliases,
  DeleteAccountAlias: deleteAccountAlias,
};
