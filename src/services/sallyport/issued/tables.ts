// The table of sessions and registry tokens that were issued, to be listed until they end, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface IssuedRow {
  readonly account_id: string;
  /** The session's key id, or the token's id. */
  readonly issued_id: string;
  readonly kind: string;
  readonly principal_id: string;
  readonly issued_at_ms: number;
  readonly expires_at_ms: number;
  /** An `IssuedProof` as JSON: what its standing is judged by. */
  readonly proof: string;
}

export interface IssuedTables {
  readonly issued: IssuedRow;
}

type Queries = Kysely<IssuedTables> | Transaction<IssuedTables>;

export const issuedMigrations: readonly Migration[] = [
  {
    name: '0220-issued',
    async up({ schema }) {
      await schema
        .createTable('issued')
        .addColumn('account_id', 'text', (column) => column.notNull())
        .addColumn('issued_id', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('principal_id', 'text', (column) => column.notNull())
        .addColumn('issued_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('proof', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('issued_key', ['account_id', 'issued_id'])
        .execute();
      await schema.createIndex('issued_end').on('issued').column('expires_at_ms').execute();
      await schema.createIndex('issued_time').on('issued').column('issued_at_ms').execute();
      await schema.createIndex('issued_principal').on('issued').columns(['principal_id', 'issued_at_ms']).execute();
    },
  },
];

export async function insertIssued(tables: Queries, rows: readonly IssuedRow[]): Promise<void> {
  for (const row of rows) {
    await tables
      .insertInto('issued')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** What of an account has not expired: bounded by `deleteOldestIssued`. */
export function listIssued(tables: Queries, accountId: string, nowMs: number): Promise<IssuedRow[]> {
  return tables
    .selectFrom('issued')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('expires_at_ms', '>', nowMs)
    .execute();
}

export async function deleteExpiredIssued(tables: Queries, nowMs: number): Promise<void> {
  await tables.deleteFrom('issued').where('expires_at_ms', '<=', nowMs).execute();
}

/** Keeps the `kept` newest of one principal. */
export async function deleteOldestIssuedTo(tables: Queries, principalId: string, kept: number): Promise<void> {
  const last = await tables
    .selectFrom('issued')
    .select('issued_at_ms')
    .where('principal_id', '=', principalId)
    .orderBy('issued_at_ms', 'desc')
    .offset(kept)
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return;
  await tables
    .deleteFrom('issued')
    .where('principal_id', '=', principalId)
    .where('issued_at_ms', '<=', last.issued_at_ms)
    .execute();
}

/** Keeps the `kept` newest of all. */
export async function deleteOldestIssued(tables: Queries, kept: number): Promise<void> {
  const last = await tables
    .selectFrom('issued')
    .select('issued_at_ms')
    .orderBy('issued_at_ms', 'desc')
    .offset(kept)
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return;
  await tables.deleteFrom('issued').where('issued_at_ms', '<=', last.issued_at_ms).execute();
}
