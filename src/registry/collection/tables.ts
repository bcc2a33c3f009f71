// What collection looks for: layers that no image needs, blobs that no repository has, objects that no row names.

import type { Kysely } from 'kysely';
import type { Digest } from '#core/digest.ts';
import type { ImageTables } from '../images/tables.ts';
import type { LayerTables } from '../layers/tables.ts';
import type { UploadTables } from '../uploads/tables.ts';

export type CollectionTables = LayerTables & ImageTables & UploadTables;
type Tables = Kysely<CollectionTables>;
/** The tables, inside a transaction or not. */
export type CollectionQueries = Tables;

/** Names a layer, and where a walk over all layers stands. */
export interface LayerPlace {
  readonly repository_id: number;
  readonly digest: Digest;
}

export type WalkedLayer = LayerPlace & { readonly touched_at_ms: number; readonly is_needed: number };

/** The next layers in the order of their key, and whether an image needs them. */
export async function walkLayers(
  tables: Tables,
  after: LayerPlace | undefined,
  limit: number,
): Promise<readonly WalkedLayer[]> {
  let query = tables
    .selectFrom('layer')
    .select(['layer.repository_id', 'layer.digest', 'layer.touched_at_ms'])
    .select(({ exists, selectFrom, case: when }) =>
      when()
        .when(
          exists(
            selectFrom('image_layer')
              .select('image_layer.layer_digest')
              .whereRef('image_layer.repository_id', '=', 'layer.repository_id')
              .whereRef('image_layer.layer_digest', '=', 'layer.digest'),
          ),
        )
        .then(1)
        .else(0)
        .end()
        .as('is_needed'),
    )
    .orderBy('layer.repository_id')
    .orderBy('layer.digest')
    .limit(limit);
  if (after !== undefined) {
    const { repository_id, digest } = after;
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('layer.repository_id', 'layer.digest'), '>', tuple(repository_id, digest)),
    );
  }
  return query.execute();
}

/** Removes the layer if nobody touched it since `beforeMs` and no image needs it, in one statement. */
export async function deleteStaleLayer(tables: Tables, place: LayerPlace, beforeMs: number): Promise<boolean> {
  const { repository_id, digest } = place;
  const row = await tables
    .deleteFrom('layer')
    .where('repository_id', '=', repository_id)
    .where('digest', '=', digest)
    .where('touched_at_ms', '<', beforeMs)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('image_layer')
            .select('image_layer.layer_digest')
            .where('image_layer.repository_id', '=', repository_id)
            .where('image_layer.layer_digest', '=', digest),
        ),
      ),
    )
    .returning('digest')
    .executeTakeFirst();
  return row !== undefined;
}

export interface WalkedBlob {
  readonly blob_id: string;
  readonly is_needed: number;
}

/** The next blobs in the order of their id, and whether a repository has them. */
export async function walkBlobs(tables: Tables, after: string, limit: number): Promise<readonly WalkedBlob[]> {
  return tables
    .selectFrom('blob')
    .select('blob.blob_id')
    .select(({ exists, selectFrom, case: when }) =>
      when()
        .when(exists(selectFrom('layer').select('layer.blob_id').whereRef('layer.blob_id', '=', 'blob.blob_id')))
        .then(1)
        .else(0)
        .end()
        .as('is_needed'),
    )
    .where('blob.blob_id', '>', after)
    .orderBy('blob.blob_id')
    .limit(limit)
    .execute();
}

/** Removes the blob if no repository has it; the keys of its objects, undefined when it stays. */
export async function deleteOrphanBlob(tables: Tables, blobId: string): Promise<readonly string[] | undefined> {
  const parts = await tables.selectFrom('blob_part').select('blob_key').where('blob_id', '=', blobId).execute();
  const row = await tables
    .deleteFrom('blob')
    .where('blob_id', '=', blobId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('layer').select('layer.blob_id').where('layer.blob_id', '=', blobId))),
    )
    .returning('blob_id')
    .executeTakeFirst();
  return row && parts.map((part) => part.blob_key);
}

/** The next objects whose grace is over, in the order of their keys. */
export async function findGarbage(
  tables: Tables,
  beforeMs: number,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('garbage')
    .select('blob_key')
    .where('since_ms', '<=', beforeMs)
    .where('blob_key', '>', after)
    .orderBy('blob_key')
    .limit(limit)
    .execute();
  return rows.map((row) => row.blob_key);
}

export async function deleteGarbage(tables: Tables, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await tables.deleteFrom('garbage').where('blob_key', 'in', keys).execute();
}

/** Those of the objects that any row names. */
export async function findNamedKeys(tables: Tables, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  if (keys.length === 0) return named;
  for (const table of ['blob_part', 'upload_part', 'garbage'] as const) {
    const rows = await tables.selectFrom(table).select('blob_key').where('blob_key', 'in', keys).execute();
    for (const row of rows) named.add(row.blob_key);
  }
  return named;
}
