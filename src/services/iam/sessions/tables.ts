// The table of what was revoked before its end, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface SessionRevocationRow {
  readonly account_id: string;
  /** One of `RevocationKind`. */
  readonly kind: string;
  /** What the kind says it is; empty for `all`. */
  readonly value: string;
  /** What was issued later than this counts again. */
  readonly before_ms: number;
  readonly made_at_ms: number;
  /** The ARN of who revoked, or words for whoever sat at the host. */
  readonly made_by: string;
}

export interface SessionTables {
  readonly session_revocation: SessionRevocationRow;
}

type Queries = Kysely<SessionTables> | Transaction<SessionTables>;

export const sessionMigrations: readonly Migration[] = [
  {
    name: '0130-iam-session-revocations',
    async up({ schema }) {
      await schema
        .createTable('session_revocation')
        .addColumn('account_id', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('before_ms', 'bigint', (column) => column.notNull())
        .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('made_by', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('session_revocation_key', ['account_id', 'kind', 'value'])
        .execute();
    },
  },
];

/** All of an account, the latest first. */
export function listRevocations(tables: Queries, accountId: string): Promise<SessionRevocationRow[]> {
  return tables
    .selectFrom('session_revocation')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('made_at_ms', 'desc')
    .orderBy('kind')
    .orderBy('value')
    .execute();
}

export async function hasRevocationsBefore(tables: Queries, beforeMs: number): Promise<boolean> {
  const query = tables.selectFrom('session_revocation').select('kind').where('before_ms', '<', beforeMs).limit(1);
  return (await query.executeTakeFirst()) !== undefined;
}

export async function deleteRevocationsBefore(tables: Queries, beforeMs: number): Promise<void> {
  await tables.deleteFrom('session_revocation').where('before_ms', '<', beforeMs).execute();
}

/** Of two for the same, the one that reaches further stays. */
export async function upsertRevocation(tables: Queries, row: SessionRevocationRow): Promise<void> {
  const { before_ms, made_at_ms, made_by } = row;
  await tables
    .insertInto('session_revocation')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'kind', 'value'])
        .doUpdateSet({ before_ms, made_at_ms, made_by })
        .where('session_revocation.before_ms', '<', before_ms),
    )
    .execute();
}
