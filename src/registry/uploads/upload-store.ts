// What the steps of an upload work on, how one is taken for oneself, and how one is forgotten.

import type { Clock } from '#core/clock.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Random } from '#core/random.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import type { OpenLayers } from '../layers/open-layers.ts';
import type { Repository, UploadStatus } from '../registry.ts';
import { layerPartInvalid, uploadNotFound } from './refusals.ts';
import type { RunningHashes } from './running-hashes.ts';
import {
  type DeleteIf,
  deleteUpload,
  findUpload,
  findUploadParts,
  type UploadRow,
  type UploadTables,
} from './tables.ts';

export interface UploadsOptions {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly layers: OpenLayers;
  readonly repositoryKeys: RepositoryKeys;
}

/** What the steps of an upload share. */
export interface UploadStore extends UploadsOptions {
  readonly hashes: RunningHashes;
  /** Uploads that a request of this process is working on: a second one at the same time is refused. */
  readonly busy: Set<string>;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Throws upload-not-found, also for an id that cannot be one. */
export async function requireUpload(
  { database }: Pick<UploadStore, 'database'>,
  repository: Repository,
  uploadId: string,
): Promise<UploadRow> {
  const id = uploadId.toLowerCase();
  const upload = uuid.test(id) ? await findUpload(database.tables<UploadTables>(), repository.id, id) : undefined;
  if (upload === undefined) throw uploadNotFound(repository, uploadId);
  return upload;
}

/** One request of this process at a time; other processes are kept apart by the row's own counts. */
export async function alone<Result>(
  store: UploadStore,
  repository: Repository,
  uploadId: string,
  work: (upload: UploadRow) => Promise<Result>,
): Promise<Result> {
  // With the repository, so that whoever may not touch the upload cannot stand in its way.
  const place = `${repository.id} ${uploadId.toLowerCase()}`;
  if (store.busy.has(place)) throw await conflict(store, repository, uploadId);
  store.busy.add(place);
  try {
    return await work(await requireUpload(store, repository, uploadId));
  } finally {
    store.busy.delete(place);
  }
}

/** Why the upload is not as a request has just seen it: it is gone, or another request has its hands on it. */
export async function conflict(
  store: Pick<UploadStore, 'database'>,
  repository: Repository,
  uploadId: string,
): Promise<Error> {
  const upload = await requireUpload(store, repository, uploadId);
  return layerPartInvalid(repository, statusOf(upload), 'Another request is working on this upload');
}

/** Forgets an upload: its row, and then the objects that nothing names any more. False when the condition fails. */
export async function removeUpload(
  store: Pick<UploadStore, 'database' | 'blobs'>,
  upload: UploadRow,
  condition?: DeleteIf,
): Promise<boolean> {
  const keys = await store.database.transact<UploadTables, readonly string[] | undefined>(async (transaction) => {
    const parts = await findUploadParts(transaction, upload.upload_id);
    const isGone = await deleteUpload(transaction, upload.upload_id, condition);
    return isGone ? parts.map((part) => part.blob_key) : undefined;
  });
  for (const key of keys ?? []) await store.blobs.remove(key);
  return keys !== undefined;
}

export function statusOf(upload: UploadRow): UploadStatus {
  return { id: upload.upload_id, receivedBytes: upload.received_bytes, parts: upload.parts };
}
