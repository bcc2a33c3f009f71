// The alias of an account: another name for its number, unique on the site.

import type { AccountId } from '#core/account.ts';
import type { IamStore } from '../iam-store.ts';
import { alreadyExists, noSuchEntity } from '../refusals.ts';
import type { IamTables } from '../tables.ts';
import { deleteAlias, findAlias, findAliasOwner, upsertAlias } from './tables.ts';

export interface Aliases {
  find(accountId: AccountId): Promise<string | undefined>;
  /** Takes the place of the one before. */
  set(accountId: AccountId, alias: string): Promise<void>;
  remove(accountId: AccountId, alias: string): Promise<void>;
}

export function openAliases(store: IamStore): Aliases {
  const tables = store.database.tables<IamTables>();
  return {
    find: (accountId) => findAlias(tables, accountId),
    set: (accountId, alias) =>
      store.change(async (transaction) => {
        const owner = await findAliasOwner(transaction, alias);
        if (owner !== undefined && owner !== accountId) throw alreadyExists(`The account alias ${alias}`);
        await upsertAlias(transaction, { account_id: accountId, alias });
      }),
    remove: (accountId, alias) =>
      store.change(async (transaction) => {
        if (!(await deleteAlias(transaction, { account_id: accountId, alias }))) {
          throw noSuchEntity(`The account alias with name ${alias}`);
        }
      }),
  };
}
