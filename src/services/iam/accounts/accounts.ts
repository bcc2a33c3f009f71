// Accounts of the site.

import { type AccountId, parseAccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import type { NewAccessKey } from '../access-keys/access-keys.ts';
import type { IamStore } from '../iam-store.ts';
import { newAccountId } from '../ids.ts';
import type { IamTables } from '../tables.ts';
import { closeAccount, keptUntilMs, reopenAccount, type StateChange } from './account-states.ts';
import { createAdministrator } from './administrator.ts';
import { bootstrapAccounts, insertBootstrapRole, newBootstrapRole } from './bootstrap-role.ts';
import { type AccountRow, findAccount, insertAccount, listAccounts } from './tables.ts';

export interface Account {
  readonly accountId: AccountId;
  readonly name: string;
  readonly createdAtMs: number;
  readonly state: AccountState;
  /** Of an account that is not open. */
  readonly closedAtMs?: number;
  /** Until then it can be opened again. */
  readonly keptUntilMs?: number;
}

/** `removed`: closed for so long that its content is gone, or going. */
export type AccountState = 'open' | 'closed' | 'removed';

export interface ChangedAccount {
  readonly account: Account;
  /** False when it was so already. */
  readonly isChanged: boolean;
}

export interface Accounts {
  /** Makes an account; a given id must be free. All but the first, which is home, get the role for home's callers. */
  create(options: { readonly name: string; readonly accountId?: AccountId }): Promise<Account>;
  /** The oldest first. */
  list(): Promise<readonly Account[]>;
  find(accountId: AccountId): Promise<Account | undefined>;
  /**
   * A user with AdministratorAccess and one access key. The key is given to `keep`, and to nobody ever again; only when
   * that has kept it does the user come to be, in one transaction, so that no crash leaves one whose key is lost.
   */
  createAdministrator(
    accountId: AccountId,
    keep: (key: NewAccessKey) => Promise<void>,
    userName?: string,
  ): Promise<NewAccessKey>;
  /** Throws no-such-entity, and unmodifiable-entity for the home account. Counts on the next request everywhere. */
  close(accountId: AccountId): Promise<ChangedAccount>;
  /** Throws no-such-entity, and unmodifiable-entity once the time to do so is over. */
  reopen(accountId: AccountId): Promise<ChangedAccount>;
  /** Gives the role for home's callers to accounts that never had it. */
  bootstrap(): Promise<void>;
}

export function openAccounts(store: IamStore): Accounts {
  const tables = store.database.tables<IamTables>();
  return {
    list: async () => (await listAccounts(tables)).map(accountOf),
    async find(accountId) {
      const row = await findAccount(tables, accountId);
      return row && accountOf(row);
    },
    create: ({ name, accountId = newAccountId(store.random) }) => createAccount(store, name, accountId),
    createAdministrator: (accountId, keep, userName) => createAdministrator(store, accountId, keep, userName),
    close: async (accountId) => changed(await closeAccount(store, accountId)),
    reopen: async (accountId) => changed(await reopenAccount(store, accountId)),
    bootstrap: () => bootstrapAccounts(store),
  };
}

async function createAccount(store: IamStore, name: string, accountId: AccountId): Promise<Account> {
  const [home] = await listAccounts(store.database.tables<IamTables>());
  const role = home && (await newBootstrapRole(store, accountId, home.account_id));
  return store.change(async (transaction) => {
    if ((await findAccount(transaction, accountId)) !== undefined) {
      throw new DomainError('entity-already-exists', `Account ${accountId} already exists.`, {});
    }
    const row: AccountRow = {
      account_id: accountId,
      name,
      created_at_ms: store.clock.nowMs(),
      closed_at_ms: null,
      removal_began_ms: null,
      removed_at_ms: null,
      bootstrapped: 0,
    };
    await insertAccount(transaction, row);
    if (role !== undefined) await insertBootstrapRole(transaction, role);
    return accountOf(row);
  });
}

function changed({ row, isChanged }: StateChange): ChangedAccount {
  return { account: accountOf(row), isChanged };
}

function accountOf(row: AccountRow): Account {
  const accountId = parseAccountId(row.account_id);
  if (accountId === undefined) throw new Error(`the database holds an account id that is none: ${row.account_id}`);
  const account = { accountId, name: row.name, createdAtMs: row.created_at_ms };
  if (row.closed_at_ms === null) return { ...account, state: 'open' };
  const state = row.removal_began_ms === null ? 'closed' : 'removed';
  return { ...account, state, closedAtMs: row.closed_at_ms, keptUntilMs: keptUntilMs(row.closed_at_ms) };
}
