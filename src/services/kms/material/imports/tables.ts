// The table of what was ever imported, several rows a key: which material the key goes with, there or not.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { KeyRow, KeyRowTables } from '../../keys/tables.ts';
import type { MaterialTables } from '../tables.ts';

export interface ImportedRow {
  readonly key_id: string;
  readonly region: string;
  /** Follows from the key and the material: the same again has the same, so that old ciphertexts open. */
  readonly material_id: string;
  /** From 1, in the order in which the key goes with them. */
  readonly sequence: number;
  /** 1 until a rotation takes it into use; until then it can be taken back. */
  readonly is_pending: number;
  /** When a rotation took it into use; null for the first. */
  readonly rotated_at_ms: number | null;
  readonly description: string | null;
}

export interface ImportTables extends KeyRowTables, MaterialTables {
  readonly kms_imported_material: ImportedRow;
}

type Queries = Kysely<ImportTables> | Transaction<ImportTables>;
type Owner = Pick<KeyRow, 'key_id' | 'region'>;
type Named = Pick<ImportedRow, 'key_id' | 'region' | 'material_id'>;

export const importMigration: Migration = {
  name: '0320-kms-imported-material',
  async up({ schema }) {
    await schema
      .createTable('kms_imported_material')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('material_id', 'text', (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('is_pending', 'integer', (column) => column.notNull())
      .addColumn('rotated_at_ms', 'bigint')
      .addColumn('description', 'text')
      .addPrimaryKeyConstraint('kms_imported_material_key', ['key_id', 'region', 'material_id'])
      .execute();
    await schema.createIndex('kms_key_material_expiry').on('kms_key_material').column('valid_to_ms').execute();
  },
};

/** All of a key, the first it had first. */
export function listImported(tables: Queries, { key_id, region }: Owner): Promise<ImportedRow[]> {
  return tables
    .selectFrom('kms_imported_material')
    .selectAll()
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .orderBy('sequence')
    .execute();
}

export async function insertImported(tables: Queries, row: ImportedRow): Promise<void> {
  await tables.insertInto('kms_imported_material').values(row).execute();
}

export async function describeImported(tables: Queries, row: Named, description: string): Promise<void> {
  await tables
    .updateTable('kms_imported_material')
    .set({ description })
    .where('key_id', '=', row.key_id)
    .where('region', '=', row.region)
    .where('material_id', '=', row.material_id)
    .execute();
}

/** In every region of the key. */
export async function takeIntoUse(
  tables: Queries,
  { key_id, material_id }: Pick<ImportedRow, 'key_id' | 'material_id'>,
  rotated_at_ms: number,
): Promise<void> {
  await tables
    .updateTable('kms_imported_material')
    .set({ is_pending: 0, rotated_at_ms })
    .where('key_id', '=', key_id)
    .where('material_id', '=', material_id)
    .execute();
}

/** In every region of the key; only what is not in use yet. */
export async function forgetPending(
  tables: Queries,
  { key_id, material_id }: Pick<ImportedRow, 'key_id' | 'material_id'>,
): Promise<void> {
  await tables
    .deleteFrom('kms_imported_material')
    .where('key_id', '=', key_id)
    .where('material_id', '=', material_id)
    .where('is_pending', '=', 1)
    .execute();
}

/** All of a key. */
export async function deleteImported(tables: Queries, { key_id, region }: Owner): Promise<void> {
  await tables.deleteFrom('kms_imported_material').where('key_id', '=', key_id).where('region', '=', region).execute();
}

export async function setValidTo(
  tables: Queries,
  { key_id, region, material_id }: Named,
  validToMs: number | null,
): Promise<void> {
  await tables
    .updateTable('kms_key_material')
    .set({ valid_to_ms: validToMs })
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .where('material_id', '=', material_id)
    .execute();
}

/** When the first of what the key needs ends by itself; undefined where nothing does. */
export async function findEarliestEnd(tables: Queries, { key_id, region }: Owner): Promise<number | undefined> {
  const row = await tables
    .selectFrom('kms_key_material as material')
    .innerJoin('kms_imported_material as imported', (join) =>
      join
        .onRef('imported.key_id', '=', 'material.key_id')
        .onRef('imported.region', '=', 'material.region')
        .onRef('imported.material_id', '=', 'material.material_id'),
    )
    .select('material.valid_to_ms')
    .where('material.key_id', '=', key_id)
    .where('material.region', '=', region)
    .where('material.valid_to_ms', 'is not', null)
    .where('imported.is_pending', '=', 0)
    .orderBy('material.valid_to_ms')
    .limit(1)
    .executeTakeFirst();
  return row?.valid_to_ms ?? undefined;
}

/** A key, and which of its materials has expired. */
export type ExpiredRow = KeyRow & { readonly expired_id: string };

/** Of all registries, the materials that have expired; or those of one key. */
export function listExpired(tables: Queries, nowMs: number, limit: number, only?: Owner): Promise<ExpiredRow[]> {
  let query = tables
    .selectFrom('kms_key_material as material')
    .innerJoin('kms_key as key', (join) =>
      join.onRef('key.key_id', '=', 'material.key_id').onRef('key.region', '=', 'material.region'),
    )
    .selectAll('key')
    .select('material.material_id as expired_id')
    .where('material.valid_to_ms', '<=', nowMs);
  if (only !== undefined) {
    query = query.where('material.key_id', '=', only.key_id).where('material.region', '=', only.region);
  }
  return query.orderBy('material.valid_to_ms').limit(limit).execute();
}
