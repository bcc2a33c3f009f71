// The table of accounts and every query on it.

import type { Kysely, Transaction } from 'kysely';

export interface AccountRow {
  readonly account_id: string;
  readonly name: string;
  readonly created_at_ms: number;
}

export interface AccountTables {
  readonly account: AccountRow;
}

type Queries = Kysely<AccountTables> | Transaction<AccountTables>;

/** The oldest first: a site's home account is its first one. */
export function listAccounts(tables: Queries): Promise<AccountRow[]> {
  return tables.selectFrom('account').selectAll().orderBy('created_at_ms').orderBy('account_id').execute();
}

export async function insertAccount(tables: Queries, row: AccountRow): Promise<void> {
  await tables.insertInto('account').values(row).execute();
}
