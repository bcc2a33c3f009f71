// The rows that nothing needs: idle uploads, layers without an image, blobs without a repository.

import type { Step } from '#jobs/steps.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { touchIntervalMs } from '../layers/cached-layers.ts';
import { insertGarbage, type LayerTables } from '../layers/tables.ts';
import { findIdleUploads, type UploadTables } from '../uploads/tables.ts';
import { removeUpload } from '../uploads/upload-store.ts';
import { type CollectionOptions, stepRowsMax } from './steps.ts';
import {
  type CollectionTables,
  deleteOrphanBlob,
  deleteStaleLayer,
  type LayerPlace,
  walkBlobs,
  walkLayers,
} from './tables.ts';

/** Removes uploads that nobody touched for the idle time, with their parts. */
export function expireUploads({ database, blobs, clock, settings }: CollectionOptions): () => Promise<Step> {
  const idleSinceMs = clock.nowMs() - settings.uploadIdleMs;
  return async () => {
    const idle = await findIdleUploads(database.tables<UploadTables>(), idleSinceMs, stepRowsMax);
    let removed = 0;
    // Somebody may have gone on with it since it was found.
    for (const upload of idle) removed += (await removeUpload({ database, blobs }, upload, { idleSinceMs })) ? 1 : 0;
    return { removed, isMore: idle.length === stepRowsMax };
  };
}

/**
 * A push that committed before this transaction is seen by it; one that comes after finds the layer gone when it
 * checks, in its own transaction, and is refused. No image ever loses a layer.
 */
export function collectLayers({ database, clock, layers, settings }: CollectionOptions): () => Promise<Step> {
  const { collectionGraceMs } = settings;
  const beforeMs = clock.nowMs() - collectionGraceMs - touchIntervalMs(collectionGraceMs);
  const tables = database.tables<CollectionTables>();
  let place: LayerPlace | undefined;
  return async () => {
    const walked = await walkLayers(tables, place, stepRowsMax);
    place = walked.at(-1);
    const stale = walked.filter((layer) => layer.is_needed === 0 && layer.touched_at_ms < beforeMs);
    const removed = stale.length === 0 ? 0 : await deleteStaleLayers(stale);
    return { removed, isMore: walked.length === stepRowsMax };
  };

  async function deleteStaleLayers(stale: readonly LayerPlace[]): Promise<number> {
    const gone = await changing<CollectionTables, readonly LayerPlace[]>(
      database,
      async (transaction) => {
        const deleted: LayerPlace[] = [];
        for (const layer of stale) if (await deleteStaleLayer(transaction, layer, beforeMs)) deleted.push(layer);
        return deleted;
      },
      (deleted) => {
        for (const { repository_id, digest } of deleted) layers.forget(repository_id, digest);
      },
    );
    return gone.length;
  }
}

/** Removes blobs that no repository has any more; their objects become garbage, for readers may still hold them. */
export function collectBlobs({ database, clock }: CollectionOptions): () => Promise<Step> {
  const tables = database.tables<CollectionTables>();
  let place = '';
  return async () => {
    const walked = await walkBlobs(tables, place, stepRowsMax);
    place = walked.at(-1)?.blob_id ?? place;
    const orphans = walked.filter((blob) => blob.is_needed === 0);
    const removed = orphans.length === 0 ? 0 : await deleteOrphans(orphans.map((blob) => blob.blob_id));
    return { removed, isMore: walked.length === stepRowsMax };
  };

  function deleteOrphans(blobIds: readonly string[]): Promise<number> {
    return database.transact<CollectionTables, number>(async (transaction) => {
      const garbage = transaction.$pickTables<keyof LayerTables>();
      let count = 0;
      for (const blobId of blobIds) {
        const keys = await deleteOrphanBlob(transaction, blobId);
        if (keys === undefined) continue;
        await insertGarbage(garbage, keys, clock.nowMs());
        count += 1;
      }
      return count;
    });
  }
}
