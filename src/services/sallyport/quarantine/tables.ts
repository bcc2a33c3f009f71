// The table of access keys that are marked as leaked, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface QuarantineRow {
  readonly access_key_id: string;
  readonly account_id: string;
  readonly reason: string;
  readonly made_at_ms: number;
  readonly made_by: string;
}

/** The last attempt to use such a key; kept apart, so that noting one changes no quarantine. */
export interface QuarantineUseRow {
  readonly access_key_id: string;
  readonly used_at_ms: number;
  readonly source_address: string;
  readonly user_agent: string;
  /** 1 when its secret or a token of it was shown, 0 when it was only named. */
  readonly proved: number;
}

export interface QuarantineTables {
  readonly key_quarantine: QuarantineRow;
  readonly key_quarantine_use: QuarantineUseRow;
}

type Queries = Kysely<QuarantineTables> | Transaction<QuarantineTables>;

export const quarantineMigrations: readonly Migration[] = [
  {
    name: '0230-key-quarantine',
    async up({ schema }) {
      await schema
        .createTable('key_quarantine')
        .addColumn('access_key_id', 'text', (column) => column.primaryKey())
        .addColumn('account_id', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('made_by', 'text', (column) => column.notNull())
        .execute();
    },
  },
  {
    name: '0231-key-quarantine-uses',
    async up({ schema }) {
      await schema
        .createTable('key_quarantine_use')
        .addColumn('access_key_id', 'text', (column) => column.primaryKey().references('key_quarantine.access_key_id'))
        .addColumn('used_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('source_address', 'text', (column) => column.notNull())
        .addColumn('user_agent', 'text', (column) => column.notNull())
        .addColumn('proved', 'integer', (column) => column.notNull())
        .execute();
      await schema
        .createIndex('key_quarantine_list')
        .on('key_quarantine')
        .columns(['account_id', 'access_key_id'])
        .execute();
    },
  },
];

export function findQuarantine(tables: Queries, accessKeyId: string): Promise<QuarantineRow | undefined> {
  return tables.selectFrom('key_quarantine').selectAll().where('access_key_id', '=', accessKeyId).executeTakeFirst();
}

/** The first reason stays. */
export async function insertQuarantine(tables: Queries, row: QuarantineRow): Promise<void> {
  await tables
    .insertInto('key_quarantine')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False when the account has no such key in quarantine. */
export async function deleteQuarantine(tables: Queries, accountId: string, accessKeyId: string): Promise<boolean> {
  const row = await findQuarantine(tables, accessKeyId);
  if (row?.account_id !== accountId) return false;
  await tables.deleteFrom('key_quarantine_use').where('access_key_id', '=', accessKeyId).execute();
  await tables.deleteFrom('key_quarantine').where('access_key_id', '=', accessKeyId).execute();
  return true;
}

export interface QuarantinedKey extends QuarantineRow {
  readonly used_at_ms: number | null;
  readonly source_address: string | null;
  readonly user_agent: string | null;
  readonly proved: number | null;
}

/** Those of an account in the order of their ids, after one id. */
export function listQuarantined(
  tables: Queries,
  { accountId, after, limit }: { readonly accountId: string; readonly after: string; readonly limit: number },
): Promise<QuarantinedKey[]> {
  return tables
    .selectFrom('key_quarantine')
    .leftJoin('key_quarantine_use as use', 'use.access_key_id', 'key_quarantine.access_key_id')
    .selectAll('key_quarantine')
    .select(['use.used_at_ms', 'use.source_address', 'use.user_agent', 'use.proved'])
    .where('account_id', '=', accountId)
    .where('key_quarantine.access_key_id', '>', after)
    .orderBy('key_quarantine.access_key_id')
    .limit(limit)
    .execute();
}

/** The latest stays. Nothing when the key was released meanwhile. */
export async function upsertQuarantineUse(tables: Queries, row: QuarantineUseRow): Promise<void> {
  if ((await findQuarantine(tables, row.access_key_id)) === undefined) return;
  const { access_key_id: _key, ...use } = row;
  await tables
    .insertInto('key_quarantine_use')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('access_key_id').doUpdateSet(use).where('key_quarantine_use.used_at_ms', '<=', use.used_at_ms),
    )
    .execute();
}
