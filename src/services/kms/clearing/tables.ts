// The table that says whether wrapped keys were destroyed that may still lie in files: one row, and its queries.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface ClearingRow {
  /** Always 1. */
  readonly one: number;
  /** Counts what was destroyed. */
  readonly asked: number;
  /** `asked` as it was when the files were cleared last. */
  readonly done: number;
  readonly done_at_ms: number | null;
}

export interface ClearingTables {
  readonly kms_clearing: ClearingRow;
}

type Queries = Kysely<ClearingTables> | Transaction<ClearingTables>;

/** What holds wrapped keys: written anew when one of them was destroyed. */
export const wrappedTables = ['key_domain', 'kms_key_material', 'kms_repository_key'] as const;

export const clearingMigration: Migration = {
  name: '0330-kms-clearing',
  async up(database) {
    await database.schema
      .createTable('kms_clearing')
      .addColumn('one', 'integer', (column) => column.primaryKey())
      .addColumn('asked', 'bigint', (column) => column.notNull())
      .addColumn('done', 'bigint', (column) => column.notNull())
      .addColumn('done_at_ms', 'bigint')
      .execute();
    const tables = database as Kysely<ClearingTables>;
    // What versions before have destroyed is cleared too.
    await tables.insertInto('kms_clearing').values({ one: 1, asked: 1, done: 0, done_at_ms: null }).execute();
  },
};

/** In the transaction that destroys something. Its number: cleared once `done` has reached it. */
export async function askClearing(tables: Queries): Promise<number> {
  const { asked } = await tables
    .updateTable('kms_clearing')
    .set((set) => ({ asked: set('asked', '+', 1) }))
    .returning('asked')
    .executeTakeFirstOrThrow();
  return asked;
}

export function findClearing(tables: Queries): Promise<ClearingRow> {
  return tables.selectFrom('kms_clearing').selectAll().where('one', '=', 1).executeTakeFirstOrThrow();
}

export async function noteCleared(tables: Queries, done: number, atMs: number): Promise<void> {
  await tables.updateTable('kms_clearing').set({ done, done_at_ms: atMs }).where('one', '=', 1).execute();
}
