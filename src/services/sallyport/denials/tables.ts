// The table of denials, one row for each account that may look at one, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface DenialRow {
  readonly account_id: string;
  readonly request_id: string;
  /** Who was denied: none may push out the denials of all others. */
  readonly principal_id: string;
  readonly denied_at_ms: number;
  /** JSON, packed (raw deflate), then sealed in the account's key domain. */
  readonly body: Uint8Array;
}

export interface DenialTables {
  readonly denial: DenialRow;
}

type Queries = Kysely<DenialTables> | Transaction<DenialTables>;

export const denialMigrations: readonly Migration[] = [
  {
    name: '0200-denials',
    async up({ schema }) {
      await schema
        .createTable('denial')
        .addColumn('account_id', 'text', (column) => column.notNull())
        .addColumn('request_id', 'text', (column) => column.notNull())
        .addColumn('principal_id', 'text', (column) => column.notNull())
        .addColumn('denied_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'blob', (column) => column.notNull())
        .addPrimaryKeyConstraint('denial_key', ['account_id', 'request_id'])
        .execute();
      await schema.createIndex('denial_time').on('denial').column('denied_at_ms').execute();
      await schema.createIndex('denial_principal').on('denial').columns(['principal_id', 'denied_at_ms']).execute();
    },
  },
];

export async function insertDenials(tables: Queries, rows: readonly DenialRow[]): Promise<void> {
  for (const row of rows) {
    await tables
      .insertInto('denial')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

export function findDenial(tables: Queries, accountId: string, requestId: string): Promise<DenialRow | undefined> {
  return tables
    .selectFrom('denial')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('request_id', '=', requestId)
    .executeTakeFirst();
}

export async function deleteDenialsBefore(tables: Queries, atMs: number): Promise<void> {
  await tables.deleteFrom('denial').where('denied_at_ms', '<', atMs).execute();
}

/** Keeps the `kept` newest of all. */
export async function deleteOldestDenials(tables: Queries, kept: number): Promise<void> {
  const last = await tables
    .selectFrom('denial')
    .select('denied_at_ms')
    .orderBy('denied_at_ms', 'desc')
    .offset(kept)
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return;
  await tables.deleteFrom('denial').where('denied_at_ms', '<=', last.denied_at_ms).execute();
}

/** Keeps the `kept` newest of one principal. */
export async function deleteOldestOfPrincipal(tables: Queries, principalId: string, kept: number): Promise<void> {
  const last = await tables
    .selectFrom('denial')
    .select('denied_at_ms')
    .where('principal_id', '=', principalId)
    .orderBy('denied_at_ms', 'desc')
    .offset(kept)
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return;
  await tables
    .deleteFrom('denial')
    .where('principal_id', '=', principalId)
    .where('denied_at_ms', '<=', last.denied_at_ms)
    .execute();
}

/** The next denials in the order of account and request. */
export function walkDenials(
  tables: Queries,
  after: Pick<DenialRow, 'account_id' | 'request_id'>,
  limit: number,
): Promise<Array<Pick<DenialRow, 'account_id' | 'request_id'>>> {
  return tables
    .selectFrom('denial')
    .select(['account_id', 'request_id'])
    .where((where) =>
      where.or([
        where('account_id', '>', after.account_id),
        where.and([where('account_id', '=', after.account_id), where('request_id', '>', after.request_id)]),
      ]),
    )
    .orderBy('account_id')
    .orderBy('request_id')
    .limit(limit)
    .execute();
}
