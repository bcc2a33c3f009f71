// The table of keys and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface KeyRow {
  /** A UUID, or `mrk-` and 32 hex digits; the same in every region of a multi-Region key. */
  readonly key_id: string;
  readonly region: string;
  readonly account_id: string;
  /** `CUSTOMER`, or `AWS` for those that are made on first use. */
  readonly manager: string;
  readonly description: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly state: string;
  readonly created_at_ms: number;
  /** Only while it is pending deletion. */
  readonly deletion_at_ms: number | null;
  readonly deletion_window_days: number | null;
  /** Of a multi-Region key, the region of its primary; null for any other. */
  readonly primary_region: string | null;
  /** What new things are encrypted under; null while material has yet to be imported. */
  readonly material_id: string | null;
  /** Null while it does not rotate by itself. */
  readonly rotation_days: number | null;
  readonly rotation_at_ms: number | null;
  /** The key policy, sealed with the registry's own key, its principals by unique id. */
  readonly policy: Uint8Array;
}

export interface KeyRowTables {
  readonly kms_key: KeyRow;
}

type Queries = Kysely<KeyRowTables> | Transaction<KeyRowTables>;

export const keyMigration: Migration = {
  name: '0300-kms-keys',
  async up({ schema }) {
    await schema
      .createTable('kms_key')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('manager', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('spec', 'text', (column) => column.notNull())
      .addColumn('usage', 'text', (column) => column.notNull())
      .addColumn('origin', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('deletion_at_ms', 'bigint')
      .addColumn('deletion_window_days', 'integer')
      .addColumn('primary_region', 'text')
      .addColumn('material_id', 'text')
      .addColumn('rotation_days', 'integer')
      .addColumn('rotation_at_ms', 'bigint')
      .addColumn('policy', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_key_key', ['key_id', 'region'])
      .execute();
    await index('kms_key_registry', ['account_id', 'region', 'key_id']);
    await index('kms_key_deletion', ['deletion_at_ms']);
    await index('kms_key_rotation', ['rotation_at_ms']);

    async function index(name: string, columns: readonly string[]): Promise<void> {
      await schema
        .createIndex(name)
        .on('kms_key')
        .columns([...columns])
        .execute();
    }
  },
};

export function findKeyRow(tables: Queries, region: string, keyId: string): Promise<KeyRow | undefined> {
  return tables
    .selectFrom('kms_key')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .executeTakeFirst();
}

/** In the order of their ids, after one of them. */
export async function listKeyIds(
  tables: Queries,
  registry: { readonly accountId: string; readonly region: string },
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('kms_key')
    .select('key_id')
    .where('account_id', '=', registry.accountId)
    .where('region', '=', registry.region)
    .where('key_id', '>', after)
    .orderBy('key_id')
    .limit(limit)
    .execute();
  return rows.map(({ key_id }) => key_id);
}

/** Of all registries, those whose time has come, the earliest first. */
export function listKeysToDelete(tables: Queries, nowMs: number, limit: number): Promise<KeyRow[]> {
  return tables
    .selectFrom('kms_key')
    .selectAll()
    .where('deletion_at_ms', '<=', nowMs)
    .orderBy('deletion_at_ms')
    .limit(limit)
    .execute();
}

/** Of all registries, those that are to rotate, the earliest first; or one of them, if it is. */
export function listKeysToRotate(
  tables: Queries,
  nowMs: number,
  limit: number,
  only?: Pick<KeyRow, 'key_id' | 'region'>,
): Promise<KeyRow[]> {
  let query = tables
    .selectFrom('kms_key')
    .selectAll()
    .where('rotation_at_ms', '<=', nowMs)
    .where('state', '=', 'Enabled');
  if (only !== undefined) query = query.where('key_id', '=', only.key_id).where('region', '=', only.region);
  return query.orderBy('rotation_at_ms').limit(limit).execute();
}

/** Some keys of an account, in whatever region. */
export function listKeysOfAccount(tables: Queries, accountId: string, limit: number): Promise<KeyRow[]> {
  return tables.selectFrom('kms_key').selectAll().where('account_id', '=', accountId).limit(limit).execute();
}

export async function insertKeyRow(tables: Queries, row: KeyRow): Promise<void> {
  await tables.insertInto('kms_key').values(row).execute();
}

export async function updateKeyRow(
  tables: Queries,
  { region, key_id }: Pick<KeyRow, 'region' | 'key_id'>,
  change: Partial<Omit<KeyRow, 'region' | 'key_id' | 'account_id'>>,
): Promise<void> {
  await tables.updateTable('kms_key').set(change).where('key_id', '=', key_id).where('region', '=', region).execute();
}

export async function deleteKeyRow(
  tables: Queries,
  { region, key_id }: Pick<KeyRow, 'region' | 'key_id'>,
): Promise<void> {
  await tables.deleteFrom('kms_key').where('key_id', '=', key_id).where('region', '=', region).execute();
}
