// Adds a part to an upload: the bytes become one durable object, then the row that names it, then the answer.

import { limits } from '#core/limits.ts';
import { contentMoves, domainOfObject, rereadRepository } from '../encryption/content-domains.ts';
import { DomainChangedError } from '../encryption/current-domain.ts';
import { findDomains, type LayerTables } from '../layers/tables.ts';
import type { Repository, UploadAppend, UploadStatus } from '../registry.ts';
import { copyForeign } from './foreign-parts.ts';
import { layerPartInvalid, tooManyParts } from './refusals.ts';
import { requireKept } from './require-kept.ts';
import { insertUploadPart, type UploadRow, type UploadTables, type UploadTransaction } from './tables.ts';
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
  await addInDomain(store, repository, upload, { blobKey, sizeBytes, unnamedSinceMs });
  const receivedBytes = before + sizeBytes;
  if (hash !== undefined) store.hashes.keep(id, { algorithm, receivedBytes, hash });
  if (broken !== undefined) throw broken;
  return { id, receivedBytes, parts: upload.parts + 1 };
}

interface StoredPart {
  readonly blobKey: string;
  readonly sizeBytes: number;
  readonly unnamedSinceMs: number;
}

/** A whole move to another key may have gone by while the bytes came: then they are copied to where it led. */
async function addInDomain(
  store: UploadStore,
  repository: Repository,
  upload: UploadRow,
  part: StoredPart,
): Promise<void> {
  try {
    return await addPart(store, repository, upload, part);
  } catch (error) {
    if (!(error instanceof DomainChangedError)) throw error;
  }
  const { blobKey: key, sizeBytes } = part;
  const current = await rereadRepository(store.database, repository);
  const copy = await copyForeign(store, current, [{ key, sizeBytes }]);
  await store.blobs.remove(key);
  await addPart(store, current, upload, { ...copy, blobKey: copy.key }).catch((error: unknown) => {
    throw error instanceof DomainChangedError ? contentMoves() : error;
  });
}

/**
 * Throws when the upload is gone, when another process has added to it meanwhile, and when the object may be gone. A
 * transaction that fails leaves the object to collection: its commit may have reached the disk nevertheless, and then
 * a row names the object.
 */
async function addPart(store: UploadStore, repository: Repository, upload: UploadRow, part: StoredPart): Promise<void> {
  const nowMs = store.clock.nowMs();
  const isAdded = await store.database.transact<UploadTables & LayerTables, boolean>(async (transaction) => {
    await requireKept(store, transaction, [part.blobKey], part.unnamedSinceMs);
    await requireOwnDomain(transaction, repository, part.blobKey);
    return insertUploadPart(transaction.$pickTables<keyof UploadTables>(), upload, part, nowMs);
  });
  if (isAdded) return;
  await store.blobs.remove(part.blobKey);
  throw await conflict(store, repository, upload.upload_id);
}

/** While the repository is moved a part may be in either domain. Throws DomainChangedError. */
async function requireOwnDomain(transaction: UploadTransaction, { id }: Repository, blobKey: string): Promise<void> {
  const domains = await findDomains(transaction.$pickTables<keyof LayerTables>(), id);
  // An upload goes with its repository: what follows finds that.
  if (domains === undefined) return;
  const domain = domainOfObject(blobKey);
  if (domain !== domains.key_domain && domain !== domains.other_domain) throw new DomainChangedError();
}
