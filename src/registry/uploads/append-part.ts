// Adds a part to an upload: the bytes become one durable object, then the row that names it, then the answer.

import { limits } from '#core/limits.ts';
import type { LayerTables } from '../layers/tables.ts';
import type { Repository, UploadAppend, UploadStatus } from '../registry.ts';
import { layerPartInvalid, tooManyParts } from './refusals.ts';
import { requireKept } from './require-kept.ts';
import { insertUploadPart, type UploadRow, type UploadTables } from './tables.ts';
import { conflict, statusOf, type UploadStore } from './upload-store.ts';
import { newBlobKey, writePart } from './write-part.ts';

/** See `Uploads.append`. `upload` was read while the caller was alone with it. */
export async function appendPart(
  store: UploadStore,
  repository: Repository,
  upload: UploadRow,
  { firstByte, lengthBytes, body }: UploadAppend,
): Promise<UploadStatus> {
  const { upload_id: id, algorithm, received_bytes: before } = upload;
  if (firstByte !== undefined && firstByte !== before) {
    throw layerPartInvalid(repository, statusOf(upload), 'The part does not begin where the upload ends');
  }
  if (upload.parts >= limits.uploadPartsMax) throw tooManyParts();
  const hash = store.hashes.continue(id, algorithm, before);
  const key = newBlobKey(repository.keyDomain, store.random);
  const part = { body, lengthBytes, bytesMax: limits.layerSizeBytesMax - before };
  const written = await writePart(store, key, part, { hash, keepBroken: true });
  const { blobKey, sizeBytes, unnamedSinceMs, broken } = written;
  if (blobKey === undefined) return statusOf(upload);
  await addPart(store, repository, upload, { blobKey, sizeBytes, unnamedSinceMs });
  const receivedBytes = before + sizeBytes;
  if (hash !== undefined) store.hashes.keep(id, { algorithm, receivedBytes, hash });
  if (broken !== undefined) throw broken;
  return { id, receivedBytes, parts: upload.parts + 1 };
}

/**
 * Throws when the upload is gone, when another process has added to it meanwhile, and when the object may be gone. A
 * transaction that fails leaves the object to collection: its commit may have reached the disk nevertheless, and then
 * a row names the object.
 */
async function addPart(
  store: UploadStore,
  repository: Repository,
  upload: UploadRow,
  part: { readonly blobKey: string; readonly sizeBytes: number; readonly unnamedSinceMs: number },
): Promise<void> {
  const nowMs = store.clock.nowMs();
  const isAdded = await store.database.transact<UploadTables & LayerTables, boolean>(async (transaction) => {
    await requireKept(store, transaction, [part.blobKey], part.unnamedSinceMs);
    return insertUploadPart(transaction.$pickTables<keyof UploadTables>(), upload, part, nowMs);
  });
  if (isAdded) return;
  await store.blobs.remove(part.blobKey);
  throw await conflict(store, repository, upload.upload_id);
}
