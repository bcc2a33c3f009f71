// The table of what was ever imported, one row a key: which material the key goes with for all its life.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { KeyRow, KeyRowTables } from '../../keys/tables.ts';
import type { MaterialTables } from '../tables.ts';

export interface ImportedRow {
  readonly key_id: string;
  readonly region: string;
  /** Stays the same when the same material is imported again, so that old ciphertexts open. */
  readonly material_id: string;
  /** SHA-256 of the material, sealed with the registry's own key: the material itself may be gone. */
  readonly fingerprint: Uint8Array;
}

export interface ImportTables extends KeyRowTables, MaterialTables {
  readonly kms_imported_material: ImportedRow;
}

type Queries = Kysely<ImportTables> | Transaction<ImportTables>;
type Owner = Pick<KeyRow, 'key_id' | 'region'>;

export const importMigration: Migration = {
  name: '0320-kms-imported-material',
  async up({ schema }) {
    await schema
      .createTable('kms_imported_material')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('material_id', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_imported_material_key', ['key_id', 'region'])
      .execute();
    await schema.createIndex('kms_key_material_expiry').on('kms_key_material').column('valid_to_ms').execute();
  },
};

export function findImported(tables: Queries, { key_id, region }: Owner): Promise<ImportedRow | undefined> {
  return tables
    .selectFrom('kms_imported_material')
    .selectAll()
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .executeTakeFirst();
}

export async function insertImported(tables: Queries, row: ImportedRow): Promise<void> {
  await tables.insertInto('kms_imported_material').values(row).execute();
}

export async function deleteImported(tables: Queries, { key_id, region }: Owner): Promise<void> {
  await tables.deleteFrom('kms_imported_material').where('key_id', '=', key_id).where('region', '=', region).execute();
}

export async function setValidTo(
  tables: Queries,
  { key_id, region, material_id }: Omit<ImportedRow, 'fingerprint'>,
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

/** Of all registries, the keys whose material has expired; or one of them, if it has. */
export function listExpired(tables: Queries, nowMs: number, limit: number, only?: Owner): Promise<KeyRow[]> {
  let query = tables
    .selectFrom('kms_key_material as material')
    .innerJoin('kms_key as key', (join) =>
      join.onRef('key.key_id', '=', 'material.key_id').onRef('key.region', '=', 'material.region'),
    )
    .selectAll('key')
    .where('material.valid_to_ms', '<=', nowMs);
  if (only !== undefined) {
    query = query.where('material.key_id', '=', only.key_id).where('material.region', '=', only.region);
  }
  return query.orderBy('material.valid_to_ms').limit(limit).execute();
}
