// Accounts of the site.

import { type AccountId, parseAccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import type { NewAccessKey } from '../access-keys/access-keys.ts';
import type { IamStore } from '../iam-store.ts';
import { newAccountId } from '../ids.ts';
import type { IamTables } from '../tables.ts';
import { createAdministrator } from './administrator.ts';
import { type AccountRow, insertAccount, listAccounts } from './tables.ts';

export interface Account {
  readonly accountId: AccountId;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface Accounts {
  /** Makes an account; a given id must be free. */
  create(options: { readonly name: string; readonly accountId?: AccountId }): Promise<Account>;
  /** The oldest first. */
  list(): Promise<readonly Account[]>;
  /**
   * A user with AdministratorAccess and one access key. The key is given to `keep`, and to nobody ever again; only when
   * that has kept it does the user come to be, in one transaction, so that no crash leaves one whose key is lost.
   */
  createAdministrator(
    accountId: AccountId,
    keep: (key: NewAccessKey) => Promise<void>,
    userName?: string,
  ): Promise<NewAccessKey>;
}

export function openAccounts(store: IamStore): Accounts {
  return {
    async list() {
      return (await listAccounts(store.database.tables<IamTables>())).map(accountOf);
    },
    create: ({ name, accountId = newAccountId(store.random) }) =>
      store.change(async (transaction) => {
        const accounts = await listAccounts(transaction);
        if (accounts.some((row) => row.account_id === accountId)) {
          throw new DomainError('entity-already-exists', `Account ${accountId} already exists.`, {});
        }
        const row: AccountRow = { account_id: accountId, name, created_at_ms: store.clock.nowMs() };
        await insertAccount(transaction, row);
        return accountOf(row);
      }),
    createAdministrator: (accountId, keep, userName) => createAdministrator(store, accountId, keep, userName),
  };
}

function accountOf(row: AccountRow): Account {
  const accountId = parseAccountId(row.account_id);
  if (accountId === undefined) throw new Error(`the database holds an account id that is none: ${row.account_id}`);
  return { accountId, name: row.name, createdAtMs: row.created_at_ms };
}
