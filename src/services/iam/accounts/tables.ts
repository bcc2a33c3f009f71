// The tables of accounts and their aliases, and every query on them.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface AccountRow {
  readonly account_id: string;
  readonly name: string;
  readonly created_at_ms: number;
  /** Null while the account is open. */
  readonly closed_at_ms: number | null;
  /** When its content began to be removed: from then on nothing brings it back. */
  readonly removal_began_ms: number | null;
  /** When nothing of its content was left. The row stays, so that its id is never another account's. */
  readonly removed_at_ms: number | null;
  /** 1 once it has had its bootstrap role, which its own administrators may have deleted since. */
  readonly bootstrapped: number;
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

export const accountStateMigration: Migration = {
  name: '0170-iam-account-states',
  async up({ schema }) {
    for (const column of ['closed_at_ms', 'removal_began_ms', 'removed_at_ms'] as const) {
      await schema.alterTable('account').addColumn(column, 'bigint').execute();
    }
    await schema
      .alterTable('account')
      .addColumn('bootstrapped', 'integer', (column) => column.notNull().defaultTo(0))
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

export function findAccount(tables: Queries, accountId: string): Promise<AccountRow | undefined> {
  return tables.selectFrom('account').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

export async function updateAccount(
  tables: Queries,
  accountId: string,
  change: Partial<Omit<AccountRow, 'account_id'>>,
): Promise<void> {
  await tables.updateTable('account').set(change).where('account_id', '=', accountId).execute();
}

export async function listClosedAccounts(tables: Queries): Promise<readonly string[]> {
  const rows = await tables.selectFrom('account').select('account_id').where('closed_at_ms', 'is not', null).execute();
  return rows.map(({ account_id }) => account_id);
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
