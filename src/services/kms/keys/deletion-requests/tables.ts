// The table of who asked for a key's deletion, and when: one row a key that waits for it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface DeletionRequestRow {
  readonly key_id: string;
  readonly region: string;
  /** ARN. */
  readonly asked_by: string;
  readonly asked_at_ms: number;
  /** In the audit log, of the call that asked. */
  readonly request_id: string;
}

export interface DeletionRequestTables {
  readonly kms_deletion_request: DeletionRequestRow;
}

type Queries = Kysely<DeletionRequestTables> | Transaction<DeletionRequestTables>;
type Key = Pick<DeletionRequestRow, 'key_id' | 'region'>;

export const deletionRequestMigration: Migration = {
  name: '0332-kms-deletion-requests',
  async up({ schema }) {
    await schema
      .createTable('kms_deletion_request')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('asked_by', 'text', (column) => column.notNull())
      .addColumn('asked_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('request_id', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_deletion_request_key', ['key_id', 'region'])
      .execute();
  },
};

/** Undefined for a deletion that a version before was asked for. */
export function findDeletionRequest(tables: Queries, { key_id, region }: Key): Promise<DeletionRequestRow | undefined> {
  return tables
    .selectFrom('kms_deletion_request')
    .selectAll()
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .executeTakeFirst();
}

/** In the place of an earlier one. */
export async function putDeletionRequest(tables: Queries, row: DeletionRequestRow): Promise<void> {
  const { key_id: _key, region: _region, ...request } = row;
  await tables
    .insertInto('kms_deletion_request')
    .values(row)
    .onConflict((conflict) => conflict.columns(['key_id', 'region']).doUpdateSet(request))
    .execute();
}

export async function deleteDeletionRequest(tables: Queries, { key_id, region }: Key): Promise<void> {
  await tables.deleteFrom('kms_deletion_request').where('key_id', '=', key_id).where('region', '=', region).execute();
}
