// The table of moves to another key, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { RepositoryTables } from '../repositories/tables.ts';

export type ReencryptionState = 'RUNNING' | 'CANCELLING' | 'COMPLETE' | 'CANCELLED';

export interface ReencryptionRow {
  readonly reencryption_id: string;
  readonly repository_id: number;
  /** `<account>/<region>`, by which they are listed. */
  readonly registry: string;
  readonly state: ReencryptionState;
  readonly from_type: string;
  readonly from_key: string | null;
  readonly from_domain: string;
  readonly from_slot: string | null;
  readonly to_type: string;
  readonly to_key: string | null;
  readonly to_domain: string;
  readonly to_slot: string | null;
  /** ARN of the principal. */
  readonly requested_by: string;
  readonly started_at_ms: number;
  readonly finished_at_ms: number | null;
  /** Why it does not go on; null when nothing stands in its way. */
  readonly paused_reason: string | null;
  readonly images_moved: number;
  readonly layers_moved: number;
  readonly bytes_moved: number;
  /** Null until it was counted. */
  readonly images_total: number | null;
  readonly layers_total: number | null;
  readonly bytes_total: number | null;
  /** After the end, until requests that began before it have ended: that time, and the slot that is given back then. */
  readonly retiring_slot: string | null;
  readonly retire_at_ms: number | null;
}

export interface ReencryptionTables extends RepositoryTables {
  readonly repository_reencryption: ReencryptionRow;
}

export type ReencryptionTransaction = Transaction<ReencryptionTables>;

type Tables = Kysely<ReencryptionTables>;

export const reencryptionMigration: Migration = {
  name: '0093-reencryptions',
  async up({ schema }) {
    await schema
      .createTable('repository_reencryption')
      .addColumn('reencryption_id', 'text', (column) => column.primaryKey())
      .addColumn('repository_id', 'integer', (column) =>
        column.notNull().references('repository.repository_id').onDelete('cascade'),
      )
      .addColumn('registry', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('from_type', 'text', (column) => column.notNull())
      .addColumn('from_key', 'text')
      .addColumn('from_domain', 'text', (column) => column.notNull())
      .addColumn('from_slot', 'text')
      .addColumn('to_type', 'text', (column) => column.notNull())
      .addColumn('to_key', 'text')
      .addColumn('to_domain', 'text', (column) => column.notNull())
      .addColumn('to_slot', 'text')
      .addColumn('requested_by', 'text', (column) => column.notNull())
      .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('finished_at_ms', 'bigint')
      .addColumn('paused_reason', 'text')
      .addColumn('images_moved', 'integer', (column) => column.notNull())
      .addColumn('layers_moved', 'integer', (column) => column.notNull())
      .addColumn('bytes_moved', 'bigint', (column) => column.notNull())
      .addColumn('images_total', 'integer')
      .addColumn('layers_total', 'integer')
      .addColumn('bytes_total', 'bigint')
      .addColumn('retiring_slot', 'text')
      .addColumn('retire_at_ms', 'bigint')
      .execute();
    const index = (name: string, ...columns: readonly string[]) =>
      schema
        .createIndex(`repository_reencryption_${name}`)
        .on('repository_reencryption')
        .columns([...columns]);
    await index('repository', 'repository_id', 'started_at_ms').execute();
    await index('registry', 'registry', 'reencryption_id').execute();
    await index('state', 'state', 'started_at_ms').execute();
    await index('retiring', 'retire_at_ms').execute();
  },
};

export function findLatest(tables: Tables, repositoryId: number): Promise<ReencryptionRow | undefined> {
  return tables
    .selectFrom('repository_reencryption')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .orderBy('started_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** With the names of their repositories, in the order of their ids. */
export function listOfRegistry(tables: Tables, registry: string, after: string, limit: number) {
  return tables
    .selectFrom('repository_reencryption')
    .innerJoin('repository', 'repository.repository_id', 'repository_reencryption.repository_id')
    .selectAll('repository_reencryption')
    .select('repository.name')
    .where('registry', '=', registry)
    .where('reencryption_id', '>', after)
    .orderBy('reencryption_id')
    .limit(limit)
    .execute();
}

/** Those that are under way, the longest first. */
export function findUnderWay(tables: Tables): Promise<readonly ReencryptionRow[]> {
  return tables
    .selectFrom('repository_reencryption')
    .selectAll()
    .where('state', 'in', ['RUNNING', 'CANCELLING'])
    .orderBy('started_at_ms')
    .execute();
}

/** Those that may give back what they left by now. */
export function findRetiring(tables: Tables, nowMs: number): Promise<readonly ReencryptionRow[]> {
  return tables
    .selectFrom('repository_reencryption')
    .selectAll()
    .where('retire_at_ms', '<=', nowMs)
    .orderBy('retire_at_ms')
    .execute();
}

/** Slots of the repository that are still to be given back after moves that have ended. */
export async function retiringSlots(tables: Tables, repositoryId: number): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('repository_reencryption')
    .select('retiring_slot')
    .where('repository_id', '=', repositoryId)
    .execute();
  return rows.flatMap(({ retiring_slot }) => retiring_slot ?? []);
}

/**
 * What admits to content of a domain that the repository has left: the slot until it is given back, none under a
 * registry's own key. Undefined for any other domain.
 */
export async function leftGuard(
  tables: Tables,
  repositoryId: number,
  domain: string,
): Promise<{ readonly keySlot: string | undefined } | undefined> {
  const rows = await tables
    .selectFrom('repository_reencryption')
    .select(['state', 'from_domain', 'from_slot', 'to_domain', 'to_slot', 'retiring_slot'])
    .where('repository_id', '=', repositoryId)
    .where('state', 'in', ['COMPLETE', 'CANCELLED'])
    .execute();
  for (const row of rows) {
    const isBack = row.state === 'CANCELLED';
    const [left, slot] = isBack ? [row.to_domain, row.to_slot] : [row.from_domain, row.from_slot];
    if (left === domain && (slot === null || slot === row.retiring_slot)) return { keySlot: slot ?? undefined };
  }
  return undefined;
}

/** What is known of earlier moves goes, but for those after which requests may still be under way. */
export async function insertReencryption(tables: Tables, row: ReencryptionRow): Promise<void> {
  await tables
    .deleteFrom('repository_reencryption')
    .where('repository_id', '=', row.repository_id)
    .where('retire_at_ms', 'is', null)
    .execute();
  await tables.insertInto('repository_reencryption').values(row).execute();
}

export type ReencryptionChange = Partial<Omit<ReencryptionRow, 'reencryption_id' | 'repository_id' | 'registry'>>;

/** False when it is not in this state any more. */
export async function updateReencryption(
  tables: Tables,
  { reencryption_id, state }: Pick<ReencryptionRow, 'reencryption_id' | 'state'>,
  change: ReencryptionChange,
): Promise<boolean> {
  const row = await tables
    .updateTable('repository_reencryption')
    .set(change)
    .where('reencryption_id', '=', reencryption_id)
    .where('state', '=', state)
    .returning('reencryption_id')
    .executeTakeFirst();
  return row !== undefined;
}

export type MovedColumns = Pick<ReencryptionRow, 'images_moved' | 'layers_moved' | 'bytes_moved'>;

/** What moves is not paused. False when it is not in this state any more. */
export async function addMoved(
  tables: Tables,
  { reencryption_id, state }: Pick<ReencryptionRow, 'reencryption_id' | 'state'>,
  moved: MovedColumns,
): Promise<boolean> {
  const row = await tables
    .updateTable('repository_reencryption')
    .set((set) => ({
      images_moved: set('images_moved', '+', moved.images_moved),
      layers_moved: set('layers_moved', '+', moved.layers_moved),
      bytes_moved: set('bytes_moved', '+', moved.bytes_moved),
      paused_reason: null,
    }))
    .where('reencryption_id', '=', reencryption_id)
    .where('state', '=', state)
    .returning('reencryption_id')
    .executeTakeFirst();
  return row !== undefined;
}
