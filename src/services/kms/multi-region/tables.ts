// Queries on all rows of one multi-Region key: the primary's and its replicas', one a region.

import type { Kysely, Transaction } from 'kysely';
import type { KeyRow, KeyRowTables } from '../keys/tables.ts';

type Queries = Kysely<KeyRowTables> | Transaction<KeyRowTables>;

/** In the order of their regions. */
export function listRelated(tables: Queries, keyId: string): Promise<KeyRow[]> {
  return tables.selectFrom('kms_key').selectAll().where('key_id', '=', keyId).orderBy('region').execute();
}

/** None of a key that is no primary. */
export async function listReplicas(tables: Queries, { key_id, region, primary_region }: KeyRow): Promise<KeyRow[]> {
  if (primary_region !== region) return [];
  return (await listRelated(tables, key_id)).filter((row) => row.region !== region);
}

/** The primary's own time and period of rotation go with the name of primary. */
export async function movePrimary(tables: Queries, from: KeyRow, toRegion: string): Promise<void> {
  const { key_id, region, rotation_days, rotation_at_ms } = from;
  await tables.updateTable('kms_key').set({ primary_region: toRegion }).where('key_id', '=', key_id).execute();
  await setRotation(region, { rotation_days: null, rotation_at_ms: null });
  await setRotation(toRegion, { rotation_days, rotation_at_ms });

  async function setRotation(of: string, change: Pick<KeyRow, 'rotation_days' | 'rotation_at_ms'>): Promise<void> {
    await tables.updateTable('kms_key').set(change).where('key_id', '=', key_id).where('region', '=', of).execute();
  }
}
