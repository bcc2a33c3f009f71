// What the steps of an upload work on, and how an upload is forgotten.

import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import type { OpenLayers } from '../layers/open-layers.ts';
import type { RunningHashes } from './running-hashes.ts';
import { deleteUpload, findUploadParts, type UploadRow, type UploadTables } from './tables.ts';

export interface UploadsOptions {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly layers: OpenLayers;
}

/** What the steps of an upload share. */
export interface UploadStore extends UploadsOptions {
  readonly hashes: RunningHashes;
  /** Uploads that a request of this process is working on: a second one at the same time is refused. */
  readonly busy: Set<string>;
}

/** Forgets an upload: its row, and then the objects that nothing names any more. */
export async function removeUpload(store: Pick<UploadStore, 'database' | 'blobs'>, upload: UploadRow): Promise<void> {
  const keys = await store.database.transact<UploadTables, readonly string[]>(async (transaction) => {
    const parts = await findUploadParts(transaction, upload.upload_id);
    return (await deleteUpload(transaction, upload.upload_id)) ? parts.map((part) => part.blob_key) : [];
  });
  for (const key of keys) await store.blobs.remove(key);
}
