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

export interface QuarantineTables {
  readonly key_quarantine: QuarantineRow;
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
  const { numDeletedRows } = await tables
    .deleteFrom('key_quarantine')
    .where('account_id', '=', accountId)
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
