// What collection looks for: layers that no image needs, blobs that no repository has, objects that no row names.

import type { Kysely } from 'kysely';
import type { Digest } from '#core/digest.ts';
import type { ImageTables } from '../images/tables.ts';
import type { LayerTables } from '../layers/tables.ts';
import type { UploadTables } from '../uploads/tables.ts';

export type CollectionTables = LayerTables & ImageTables & UploadTables;
type Tables = Kysely<CollectionTables>;

export interface StaleLayer {
  readonly repository_id: number;
  readonly digest: Digest;
}

/** Removes layers that nobody touched since `beforeMs` and no image refers to: check and delete are one statement each. */
export async function deleteStaleLayers(
  tables: Tables,
  beforeMs: number,
  limit: number,
): Promise<readonly StaleLayer[]> {
  const stale = await tables
    .selectFrom('layer')
    .select(['layer.repository_id', 'layer.digest'])
    .where('layer.touched_at_ms', '<', beforeMs)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('image_layer')
            .select('image_layer.layer_digest')
            .whereRef('image_layer.repository_id', '=', 'layer.repository_id')
            .whereRef('image_layer.layer_digest', '=', 'layer.digest'),
        ),
      ),
    )
    .limit(limit)
    .execute();
  for (const { repository_id, digest } of stale) {
    await tables.deleteFrom('layer').where('repository_id', '=', repository_id).where('digest', '=', digest).execute();
  }
  return stale;
}

/** Removes blobs that no repository has; the keys of their objects. */
export async function deleteOrphanBlobs(tables: Tables, limit: number): Promise<readonly string[]> {
  const orphans = await tables
    .selectFrom('blob')
    .select('blob.blob_id')
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('layer').select('layer.blob_id').whereRef('layer.blob_id', '=', 'blob.blob_id'))),
    )
    .limit(limit)
    .execute();
  const keys: string[] = [];
  for (const { blob_id } of orphans) {
    const parts = await tables.selectFrom('blob_part').select('blob_key').where('blob_id', '=', blob_id).execute();
    keys.push(...parts.map((part) => part.blob_key));
    await tables.deleteFrom('blob').where('blob_id', '=', blob_id).execute();
  }
  return keys;
}

export async function findGarbage(tables: Tables, beforeMs: number, limit: number): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('garbage')
    .select('blob_key')
    .where('since_ms', '<', beforeMs)
    .limit(limit)
    .execute();
  return rows.map((row) => row.blob_key);
}

export async function deleteGarbage(tables: Tables, key: string): Promise<void> {
  await tables.deleteFrom('garbage').where('blob_key', '=', key).execute();
}

/** True when any row names the object. */
export async function isKeyKnown(tables: Tables, key: string): Promise<boolean> {
  for (const table of ['blob_part', 'upload_part', 'garbage'] as const) {
    const row = await tables.selectFrom(table).select('blob_key').where('blob_key', '=', key).executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}
