// The table of aliases and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface AliasRow {
  readonly account_id: string;
  readonly region: string;
  /** `alias/…`. */
  readonly alias_name: string;
  readonly key_id: string;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

export interface AliasTables {
  readonly kms_alias: AliasRow;
}

type Queries = Kysely<AliasTables> | Transaction<AliasTables>;
type Registry = { readonly accountId: string; readonly region: string };

export const keyAliasMigration: Migration = {
  name: '0302-kms-aliases',
  async up({ schema }) {
    await schema
      .createTable('kms_alias')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('alias_name', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_alias_key', ['account_id', 'region', 'alias_name'])
      .addForeignKeyConstraint('kms_alias_of', ['key_id', 'region'], 'kms_key', ['key_id', 'region'])
      .execute();
    await schema.createIndex('kms_alias_target').on('kms_alias').columns(['key_id', 'region']).execute();
  },
};

export function findAlias(tables: Queries, registry: Registry, name: string): Promise<AliasRow | undefined> {
  return tables
    .selectFrom('kms_alias')
    .selectAll()
    .where('account_id', '=', registry.accountId)
    .where('region', '=', registry.region)
    .where('alias_name', '=', name)
    .executeTakeFirst();
}

/** A registry's, in the order of their names, after one of them. */
export function listAliases(tables: Queries, registry: Registry, after: string, limit: number): Promise<AliasRow[]> {
  return tables
    .selectFrom('kms_alias')
    .selectAll()
    .where('account_id', '=', registry.accountId)
    .where('region', '=', registry.region)
    .where('alias_name', '>', after)
    .orderBy('alias_name')
    .limit(limit)
    .execute();
}

/** A key's, which are few by their quota, in the order of their names. */
export function listAliasesOf(tables: Queries, region: string, keyId: string): Promise<AliasRow[]> {
  return tables
    .selectFrom('kms_alias')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .orderBy('alias_name')
    .execute();
}

export async function insertAlias(tables: Queries, row: AliasRow): Promise<void> {
  await tables.insertInto('kms_alias').values(row).execute();
}

export async function moveAlias(tables: Queries, row: AliasRow): Promise<void> {
  const { key_id, updated_at_ms, account_id, region, alias_name } = row;
  await tables
    .updateTable('kms_alias')
    .set({ key_id, updated_at_ms })
    .where('account_id', '=', account_id)
    .where('region', '=', region)
    .where('alias_name', '=', alias_name)
    .execute();
}

export async function deleteAlias(tables: Queries, registry: Registry, name: string): Promise<void> {
  await tables
    .deleteFrom('kms_alias')
    .where('account_id', '=', registry.accountId)
    .where('region', '=', registry.region)
    .where('alias_name', '=', name)
    .execute();
}

export async function deleteAliasesOf(tables: Queries, region: string, keyId: string): Promise<void> {
  await tables.deleteFrom('kms_alias').where('key_id', '=', keyId).where('region', '=', region).execute();
}
