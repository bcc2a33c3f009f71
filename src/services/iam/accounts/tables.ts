// The tables of accounts and their aliases, and every query on them.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface AccountRow {
  readonly account_id: string;
  readonly name: string;
  readonly created_at_ms: number;
}

export interface AliasRow {
  readonly account_id: string;
  readonly alias: string;
}

export interface AccountTables {
  readonly account: AccountRow;
  readonly account_alias: AliasRow;
}

type Queries = Kysely<AccountTables> | Transaction<AccountTables>;

export const aliasMigration: Migration = {
  name: '0106-iam-account-aliases',
  async up({ schema }) {
    await schema
      .createTable('account_alias')
      .addColumn('account_id', 'text', (column) => column.primaryKey().references('account.account_id'))
      .addColumn('alias', 'text', (column) => column.notNull().unique())
      .execute();
  },
};

/** The oldest first: a site's home account is its first one. */
export function listAccounts(tables: Queries): Promise<AccountRow[]> {
  return tables.selectFrom('account').selectAll().orderBy('created_at_ms').orderBy('account_id').execute();
}

export async function insertAccount(tables: Queries, row: AccountRow): Promise<void> {
  await tables.insertInto('account').values(row).execute();
}

export async function findAlias(tables: Queries, accountId: string): Promise<string | undefined> {
  const row = await tables
    .selectFrom('account_alias')
    .select('alias')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row?.alias;
}

/** The account that has the alias. */
export async function findAliasOwner(tables: Queries, alias: string): Promise<string | undefined> {
  const row = await tables
    .selectFrom('account_alias')
    .select('account_id')
    .where('alias', '=', alias)
    .executeTakeFirst();
  return row?.account_id;
}

export async function upsertAlias(tables: Queries, row: AliasRow): Promise<void> {
  const { alias } = row;
  await tables
    .insertInto('account_alias')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ alias }))
    .execute();
}

/** False when the account has no such alias. */
export async function deleteAlias(tables: Queries, row: AliasRow): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('account_alias')
    .where('account_id', '=', row.account_id)
    .where('alias', '=', row.alias)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
