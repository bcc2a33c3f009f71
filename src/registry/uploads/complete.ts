// Completing an upload: the rules of the door, the digest over all parts, and the layer in one transaction.

import { createHash } from 'node:crypto';
import { algorithmOf, type Digest, digestFromHex } from '#core/digest.ts';
import { limits } from '#core/limits.ts';
import { BlobNotFoundError } from '#stores/blobs/blob-store.ts';
import { type Part, readParts } from '../layers/read-parts.ts';
import { layerAlreadyExists, layerDigestMismatch } from '../layers/refusals.ts';
import type { LayerInfo, Repository, UploadCompletion } from '../registry.ts';
import { compactParts, isScattered } from './compact-parts.ts';
import { admitForeign, hasForeign } from './foreign-parts.ts';
import { linkLayer, type NewLayer } from './link-layer.ts';
import { layerPartTooSmall, uploadEmpty } from './refusals.ts';
import { findUploadParts, type UploadPartRow, type UploadRow, type UploadTables } from './tables.ts';
import { removeUpload, requireUpload, type UploadStore } from './upload-store.ts';
import { newBlobKey } from './write-part.ts';

/** See `Uploads.complete`. `upload` was read while the caller was alone with it. */
export async function completeUpload(
  store: UploadStore,
  repository: Repository,
  upload: UploadRow,
  { digest, rules }: UploadCompletion,
): Promise<LayerInfo> {
  const parts = await findUploadParts(store.database.tables<UploadTables>(), upload.upload_id);
  // A part that is not there any more has mostly gone with its upload, which another process has ended.
  const explain = async (error: unknown): Promise<never> => {
    if (error instanceof BlobNotFoundError) await requireUpload(store, repository, upload.upload_id);
    throw error;
  };
  if (rules !== 'oci') checkEcrParts(repository, upload, parts);
  await admitForeign(store, repository, parts.map(partOf));
  const found = await digestOf(store, upload, parts, digest).catch(explain);
  if (found !== digest) {
    store.hashes.forget(upload.upload_id);
    await removeUpload(store, upload);
    throw layerDigestMismatch(digest, found);
  }
  const compacted = await compact(store, repository, parts).catch(explain);
  const sizeBytes = upload.received_bytes;
  const linked = await linkLayer(store, repository, { digest, sizeBytes, parts, ...compacted, upload });
  store.hashes.forget(upload.upload_id);
  if (compacted !== undefined) for (const part of parts) await store.blobs.remove(part.blob_key);
  if (rules === 'ecr' && linked.wasThere) throw layerAlreadyExists(repository, digest);
  return linked.layer;
}

function checkEcrParts(repository: Repository, upload: UploadRow, parts: readonly UploadPartRow[]): void {
  if (parts.length === 0) throw uploadEmpty(repository, upload.upload_id);
  if (parts.slice(0, -1).some((part) => part.size_bytes < limits.uploadPartSizeBytesMin)) throw layerPartTooSmall();
}

/** From the hash that ran along, or by reading the parts again: after a restart, or for another algorithm. */
async function digestOf(
  store: UploadStore,
  upload: UploadRow,
  parts: readonly UploadPartRow[],
  wanted: Digest,
): Promise<Digest> {
  const algorithm = algorithmOf(wanted);
  const running = store.hashes.continue(upload.upload_id, algorithm, upload.received_bytes);
  if (running !== undefined) return digestFromHex(algorithm, running.digest('hex'));
  const hash = createHash(algorithm);
  for await (const bytes of readParts(store.blobs, parts.map(partOf))) hash.update(bytes);
  return digestFromHex(algorithm, hash.digest('hex'));
}

/** The parts as they will be stored; undefined when they may stay as they are. */
async function compact(
  store: UploadStore,
  repository: Repository,
  rows: readonly UploadPartRow[],
): Promise<Pick<NewLayer, 'parts' | 'unnamedSinceMs'> | undefined> {
  const parts = rows.map(partOf);
  if (!isScattered(parts) && !hasForeign(repository, parts)) return undefined;
  const blobKey = newBlobKey(repository.keyDomain, store.random);
  const { key, sizeBytes, unnamedSinceMs } = await compactParts(store, parts, blobKey);
  return { parts: [{ blob_key: key, size_bytes: sizeBytes }], unnamedSinceMs };
}

function partOf(row: UploadPartRow): Part {
  return { key: row.blob_key, sizeBytes: row.size_bytes };
}
