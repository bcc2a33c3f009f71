// The table of key material, several rows a key, and every query on it. docs/design/keys.md has the wrapped bytes.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface MaterialRow {
  readonly key_id: string;
  readonly region: string;
  readonly account_id: string;
  /** 64 hex digits. */
  readonly material_id: string;
  /** From 1, in the order in which the key had them. */
  readonly sequence: number;
  /** How it came to be the key's: null for its first, `AUTOMATIC`, `ON_DEMAND`. */
  readonly rotation: string | null;
  readonly created_at_ms: number;
  /** When imported material ends by itself; null where it does not. */
  readonly valid_to_ms: number | null;
  readonly wrapped: Uint8Array;
}

export interface MaterialTables {
  readonly kms_key_material: MaterialRow;
}

type Queries = Kysely<MaterialTables> | Transaction<MaterialTables>;

export const materialMigration: Migration = {
  name: '0301-kms-key-material',
  async up({ schema }) {
    await schema
      .createTable('kms_key_material')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('material_id', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('rotation', 'text')
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('valid_to_ms', 'bigint')
      .addColumn('wrapped', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_key_material_key', ['key_id', 'region', 'material_id'])
      .addForeignKeyConstraint('kms_key_material_of', ['key_id', 'region'], 'kms_key', ['key_id', 'region'])
      .execute();
  },
};

export function findMaterial(
  tables: Queries,
  region: string,
  keyId: string,
  materialId: string,
): Promise<MaterialRow | undefined> {
  return tables
    .selectFrom('kms_key_material')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .where('material_id', '=', materialId)
    .executeTakeFirst();
}

/** All of a key, the first it had first. */
export function listMaterial(tables: Queries, region: string, keyId: string): Promise<MaterialRow[]> {
  return tables
    .selectFrom('kms_key_material')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .orderBy('sequence')
    .execute();
}

/** A batch of all there is, in a fixed order, after one of them: for whoever checks or rewraps everything. */
export function listAllMaterial(
  tables: Queries,
  after: Pick<MaterialRow, 'key_id' | 'region' | 'material_id'> | undefined,
  limit: number,
): Promise<MaterialRow[]> {
  const { key_id = '', region = '', material_id = '' } = after ?? {};
  return tables
    .selectFrom('kms_key_material')
    .selectAll()
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('key_id', 'region', 'material_id'), '>', tuple(key_id, region, material_id)),
    )
    .orderBy('key_id')
    .orderBy('region')
    .orderBy('material_id')
    .limit(limit)
    .execute();
}

/** Only where the wrapped bytes still are those that were read. */
export async function replaceWrappedMaterial(
  tables: Queries,
  { key_id, region, material_id, wrapped }: Pick<MaterialRow, 'key_id' | 'region' | 'material_id' | 'wrapped'>,
  now: Uint8Array,
): Promise<void> {
  await tables
    .updateTable('kms_key_material')
    .set({ wrapped: now })
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .where('material_id', '=', material_id)
    .where('wrapped', '=', wrapped)
    .execute();
}

export async function insertMaterial(tables: Queries, row: MaterialRow): Promise<void> {
  await tables.insertInto('kms_key_material').values(row).execute();
}

/** Zeros in place of the wrapped bytes. */
export async function overwriteMaterialOf(tables: Queries, region: string, keyId: string): Promise<void> {
  for (const { material_id, wrapped } of await listMaterial(tables, region, keyId)) {
    const row = { key_id: keyId, region, material_id, wrapped };
    await replaceWrappedMaterial(tables, row, new Uint8Array(wrapped.length));
  }
}

/** One of them, zeros first. False where it was not there. */
export async function eraseMaterial(
  tables: Queries,
  region: string,
  keyId: string,
  materialId: string,
): Promise<boolean> {
  const row = await findMaterial(tables, region, keyId, materialId);
  if (row === undefined) return false;
  // The bytes first: what is deleted only leaves a free page behind.
  await replaceWrappedMaterial(tables, row, new Uint8Array(row.wrapped.length));
  await tables
    .deleteFrom('kms_key_material')
    .where('key_id', '=', keyId)
    .where('region', '=', region)
    .where('material_id', '=', materialId)
    .execute();
  return true;
}

export async function deleteMaterialOf(tables: Queries, region: string, keyId: string): Promise<void> {
  await tables.deleteFrom('kms_key_material').where('key_id', '=', keyId).where('region', '=', region).execute();
}
