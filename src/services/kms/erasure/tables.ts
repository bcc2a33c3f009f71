// The tables of executed deletions: what was destroyed, what it had guarded, and the certificate; and their queries.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { ClearingTables } from '../clearing/tables.ts';
import type { SlotTables } from '../repository-keys/tables.ts';

export interface ErasureRow {
  /** `dc-`, its time and random digits: the certificate's id, in the order of time. */
  readonly erasure_id: string;
  readonly account_id: string;
  readonly region: string;
  readonly key_id: string;
  readonly key_arn: string;
  /** An `ErasedKey` as JSON: what the certificate says of the key. */
  readonly facts: string;
  readonly executed_at_ms: number;
  /** Of `kms_clearing`: the files are cleared once that has come so far. */
  readonly clearing: number;
  /** An `AuditPlace` as JSON; null until the record of the deletion is durable. */
  readonly place: string | null;
  /** A `ListCursor` as JSON: how far the list of what the key guarded is written; null before its beginning. */
  readonly listed: string | null;
  /** The signed certificate; null until it is issued. */
  readonly envelope: string | null;
  readonly issued_at_ms: number | null;
}

/** A repository whose slot was destroyed; goes once the list is written. */
export interface ErasedRepositoryRow {
  readonly erasure_id: string;
  readonly repository_arn: string;
  readonly slot_id: string;
  readonly type: string;
}

/** A part of the list, deflated. */
export interface ErasureListRow {
  readonly erasure_id: string;
  readonly part: number;
  readonly lines: Uint8Array;
}

export interface ErasureTables extends ClearingTables, SlotTables {
  readonly kms_erasure: ErasureRow;
  readonly kms_erased_repository: ErasedRepositoryRow;
  readonly kms_erasure_list: ErasureListRow;
}

type Queries = Kysely<ErasureTables> | Transaction<ErasureTables>;

export const erasureMigration: Migration = {
  name: '0331-kms-erasures',
  async up({ schema }) {
    await schema
      .createTable('kms_erasure')
      .addColumn('erasure_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('key_arn', 'text', (column) => column.notNull())
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('executed_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('clearing', 'bigint', (column) => column.notNull())
      .addColumn('place', 'text')
      .addColumn('listed', 'text')
      .addColumn('envelope', 'text')
      .addColumn('issued_at_ms', 'bigint')
      .execute();
    await schema
      .createIndex('kms_erasure_account')
      .on('kms_erasure')
      .columns(['account_id', 'region', 'erasure_id'])
      .execute();
    await schema.createIndex('kms_erasure_pending').on('kms_erasure').columns(['issued_at_ms', 'erasure_id']).execute();
    await schema
      .createTable('kms_erased_repository')
      .addColumn('erasure_id', 'text', (column) => column.notNull())
      .addColumn('repository_arn', 'text', (column) => column.notNull())
      .addColumn('slot_id', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_erased_repository_key', ['erasure_id', 'repository_arn', 'slot_id'])
      .execute();
    await schema
      .createTable('kms_erasure_list')
      .addColumn('erasure_id', 'text', (column) => column.notNull())
      .addColumn('part', 'integer', (column) => column.notNull())
      .addColumn('lines', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_erasure_list_key', ['erasure_id', 'part'])
      .execute();
  },
};

export async function insertErasure(tables: Queries, row: ErasureRow): Promise<void> {
  await tables.insertInto('kms_erasure').values(row).execute();
}

/** Before the slots go: whose they are, in one statement. */
export async function noteErasedRepositories(tables: Queries, erasureId: string, keyArn: string): Promise<void> {
  await tables
    .insertInto('kms_erased_repository')
    .columns(['erasure_id', 'repository_arn', 'slot_id', 'type'])
    .expression((from) =>
      from
        .selectFrom('kms_repository_key')
        .select(({ val }) => [val(erasureId).as('erasure_id'), 'repository_arn', 'slot_id', 'type'])
        .where('key_arn', '=', keyArn),
    )
    .execute();
}

export function findErasure(tables: Queries, erasureId: string): Promise<ErasureRow | undefined> {
  return tables.selectFrom('kms_erasure').selectAll().where('erasure_id', '=', erasureId).executeTakeFirst();
}

/** Those without a certificate, the oldest first. */
export function listPendingErasures(tables: Queries, after: string, limit: number): Promise<ErasureRow[]> {
  return tables
    .selectFrom('kms_erasure')
    .selectAll()
    .where('issued_at_ms', 'is', null)
    .where('erasure_id', '>', after)
    .orderBy('erasure_id')
    .limit(limit)
    .execute();
}

/** Of a registry, or of the whole site, in the order of time, after one of them. */
export function listErasures(
  tables: Queries,
  registry: { readonly accountId: string; readonly region: string } | undefined,
  after: string,
  limit: number,
): Promise<ErasureRow[]> {
  let query = tables.selectFrom('kms_erasure').selectAll().where('erasure_id', '>', after);
  if (registry !== undefined) {
    query = query.where('account_id', '=', registry.accountId).where('region', '=', registry.region);
  }
  return query.orderBy('erasure_id').limit(limit).execute();
}

export async function updateErasure(
  tables: Queries,
  erasureId: string,
  change: Partial<Pick<ErasureRow, 'place' | 'listed' | 'envelope' | 'issued_at_ms'>>,
): Promise<void> {
  await tables.updateTable('kms_erasure').set(change).where('erasure_id', '=', erasureId).execute();
}

/** The first after these, by ARN. */
export function nextErasedRepository(
  tables: Queries,
  erasureId: string,
  after: { readonly arn: string; readonly slotId: string },
): Promise<ErasedRepositoryRow | undefined> {
  return tables
    .selectFrom('kms_erased_repository')
    .selectAll()
    .where('erasure_id', '=', erasureId)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('repository_arn', 'slot_id'), '>', tuple(after.arn, after.slotId)))
    .orderBy('repository_arn')
    .orderBy('slot_id')
    .limit(1)
    .executeTakeFirst();
}

export async function deleteErasedRepositories(tables: Queries, erasureId: string): Promise<void> {
  await tables.deleteFrom('kms_erased_repository').where('erasure_id', '=', erasureId).execute();
}

export async function insertListPart(tables: Queries, row: ErasureListRow): Promise<void> {
  await tables.insertInto('kms_erasure_list').values(row).execute();
}

/** Counted from 0. */
export function findListPart(tables: Queries, erasureId: string, part: number): Promise<ErasureListRow | undefined> {
  return tables
    .selectFrom('kms_erasure_list')
    .selectAll()
    .where('erasure_id', '=', erasureId)
    .where('part', '=', part)
    .executeTakeFirst();
}
