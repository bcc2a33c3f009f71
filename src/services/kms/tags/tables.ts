// The table of keys' tags and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface KeyTagRow {
  readonly key_id: string;
  readonly region: string;
  readonly tag_key: string;
  readonly tag_value: string;
}

export interface KeyTagTables {
  readonly kms_key_tag: KeyTagRow;
}

type Queries = Kysely<KeyTagTables> | Transaction<KeyTagTables>;

export const keyTagMigration: Migration = {
  name: '0303-kms-key-tags',
  async up({ schema }) {
    await schema
      .createTable('kms_key_tag')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('tag_key', 'text', (column) => column.notNull())
      .addColumn('tag_value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_key_tag_key', ['key_id', 'region', 'tag_key'])
      .addForeignKeyConstraint('kms_key_tag_of', ['key_id', 'region'], 'kms_key', ['key_id', 'region'])
      .execute();
  },
};

/** In the order of their keys. */
export function listKeyTags(tables: Queries, region: string, keyId: string): Promise<KeyTagRow[]> {
  return tables
    .selectFrom('kms_key_tag')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .orderBy('tag_key')
    .execute();
}

export async function putKeyTag(tables: Queries, row: KeyTagRow): Promise<void> {
  await tables
    .insertInto('kms_key_tag')
    .values(row)
    .onConflict((conflict) => conflict.columns(['key_id', 'region', 'tag_key']).doUpdateSet(row))
    .execute();
}

export async function deleteKeyTag(tables: Queries, row: Omit<KeyTagRow, 'tag_value'>): Promise<void> {
  const { key_id, region, tag_key } = row;
  await tables
    .deleteFrom('kms_key_tag')
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .where('tag_key', '=', tag_key)
    .execute();
}

export async function deleteKeyTagsOf(tables: Queries, region: string, keyId: string): Promise<void> {
  await tables.deleteFrom('kms_key_tag').where('key_id', '=', keyId).where('region', '=', region).execute();
}
