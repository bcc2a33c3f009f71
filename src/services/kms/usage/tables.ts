// The table of when each key was last used, one row a key, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface KeyUsageRow {
  readonly key_id: string;
  readonly region: string;
  readonly operation: string;
  readonly used_at_ms: number;
  readonly request_id: string;
}

export interface KeyUsageTables {
  readonly kms_key_usage: KeyUsageRow;
}

type Queries = Kysely<KeyUsageTables> | Transaction<KeyUsageTables>;

export const keyUsageMigration: Migration = {
  name: '0304-kms-key-usage',
  async up({ schema }) {
    await schema
      .createTable('kms_key_usage')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('operation', 'text', (column) => column.notNull())
      .addColumn('used_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('request_id', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_key_usage_key', ['key_id', 'region'])
      .execute();
  },
};

export function findKeyUsage(tables: Queries, region: string, keyId: string): Promise<KeyUsageRow | undefined> {
  return tables
    .selectFrom('kms_key_usage')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .executeTakeFirst();
}

/** Unless a later use is known. */
export async function putKeyUsage(tables: Queries, row: KeyUsageRow): Promise<void> {
  await tables
    .insertInto('kms_key_usage')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'region']).doUpdateSet(row).where('kms_key_usage.used_at_ms', '<=', row.used_at_ms),
    )
    .execute();
}

export async function deleteKeyUsage(tables: Queries, region: string, keyId: string): Promise<void> {
  await tables.deleteFrom('kms_key_usage').where('key_id', '=', keyId).where('region', '=', region).execute();
}
