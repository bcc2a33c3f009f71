// Which root key stands: one row, so that nobody writes under a root that was replaced meanwhile.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface RootKeyRow {
  /** Always 1. */
  readonly one: number;
  /** The root key that new rows are wrapped under. */
  readonly root_id: string;
  readonly site_key_id: string;
  /** When this root key became the one that stands. */
  readonly since_ms: number;
}

export interface RootKeyTables {
  readonly root_key: RootKeyRow;
}

type Tables = Kysely<RootKeyTables> | Transaction<RootKeyTables>;

export const rootMigrations: readonly Migration[] = [
  {
    name: '0002-root-key',
    async up(database) {
      await database.schema
        .createTable('root_key')
        .addColumn('one', 'integer', (column) => column.primaryKey())
        .addColumn('root_id', 'text', (column) => column.notNull())
        .addColumn('site_key_id', 'text', (column) => column.notNull())
        .addColumn('since_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
];

/** Undefined in a database that no version with a site key has opened. */
export async function findStandingRoot(tables: Tables): Promise<RootKeyRow | undefined> {
  return tables.selectFrom('root_key').selectAll().where('one', '=', 1).executeTakeFirst();
}

/** As `findStandingRoot`, also in a database without the table. */
export async function lookForStandingRoot(tables: Tables): Promise<RootKeyRow | undefined> {
  const known = await tables.introspection.getTables();
  return known.some(({ name }) => name === 'root_key') ? findStandingRoot(tables) : undefined;
}

/** Unless one stands. */
export async function noteStandingRoot(tables: Tables, row: Omit<RootKeyRow, 'one'>): Promise<void> {
  await tables
    .insertInto('root_key')
    .values({ one: 1, ...row })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function changeStandingRoot(tables: Tables, rootId: string, sinceMs: number): Promise<void> {
  await tables
    .updateTable('root_key')
    .set({ root_id: rootId, since_ms: sinceMs })
    .where('one', '=', 1)
    .where('root_id', '!=', rootId)
    .execute();
}
