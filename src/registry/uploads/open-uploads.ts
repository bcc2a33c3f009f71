// Uploads: start, status, append, complete, cancel, and the whole in one. Each append is one durable part.

import { createHash } from 'node:crypto';
import { algorithmOf, type Digest, digestFromHex } from '#core/digest.ts';
import { limits } from '#core/limits.ts';
import {
  layerDigestMismatch,
  layerPartInvalid,
  tooManyParts,
  tooManyUploads,
  uploadNotFound,
} from '../layers/refusals.ts';
import { hasRepository, type LayerTables } from '../layers/tables.ts';
import type { LayerInfo, Repository, UploadAppend, UploadStatus, Uploads } from '../registry.ts';
import { repositoryNotFound } from '../repositories/refusals.ts';
import { completeUpload } from './complete.ts';
import { linkLayer } from './link-layer.ts';
import { RunningHashes } from './running-hashes.ts';
import {
  countUploads,
  findUpload,
  insertUpload,
  insertUploadPart,
  type UploadRow,
  type UploadTables,
} from './tables.ts';
import { removeUpload, type UploadStore, type UploadsOptions } from './upload-store.ts';
import { newBlobKey, writePart } from './write-part.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function openUploads(options: UploadsOptions): Uploads {
  const store: UploadStore = { ...options, hashes: new RunningHashes(), busy: new Set() };
  return {
    start: (repository, { algorithm = 'sha256' } = {}) => start(store, repository, algorithm),
    status: async (repository, uploadId) => statusOf(await requireUpload(store, repository, uploadId)),
    append: (repository, uploadId, body) =>
      alone(store, repository, uploadId, (upload) => append(store, repository, upload, body)),
    complete: (repository, uploadId, completion) =>
      alone(store, repository, uploadId, (upload) => completeUpload(store, repository, upload, completion)),
    whole: (repository, digest, body) => whole(store, repository, digest, body),
    cancel: (repository, uploadId) => alone(store, repository, uploadId, (upload) => removeUpload(store, upload)),
  };
}

async function start(store: UploadStore, repository: Repository, algorithm: UploadRow['algorithm']) {
  const { accountId, region } = repository.registry;
  const row: UploadRow = {
    upload_id: store.random.uuid(),
    repository_id: repository.id,
    algorithm,
    received_bytes: 0,
    parts: 0,
    touched_at_ms: store.clock.nowMs(),
  };
  await store.database.transact<UploadTables & LayerTables, void>(async (transaction) => {
    const tables = transaction.$pickTables<keyof UploadTables>();
    if (!(await hasRepository(transaction.$pickTables<keyof LayerTables>(), repository.id))) {
      throw repositoryNotFound(repository.registry, repository.name);
    }
    if ((await countUploads(tables, accountId, region)) >= limits.openUploadsMax) throw tooManyUploads();
    await insertUpload(tables, row);
  });
  return statusOf(row);
}

/** Throws upload-not-found, also for an id that cannot be one. */
async function requireUpload(store: UploadStore, repository: Repository, uploadId: string): Promise<UploadRow> {
  const id = uploadId.toLowerCase();
  const tables = store.database.tables<UploadTables>();
  const upload = uuid.test(id) ? await findUpload(tables, repository.id, id) : undefined;
  if (upload === undefined) throw uploadNotFound(repository, uploadId);
  return upload;
}

/** One request at a time works on an upload; other processes are kept apart by the row's own counts. */
async function alone<Result>(
  store: UploadStore,
  repository: Repository,
  uploadId: string,
  work: (upload: UploadRow) => Promise<Result>,
): Promise<Result> {
  const upload = await requireUpload(store, repository, uploadId);
  if (store.busy.has(upload.upload_id)) {
    throw layerPartInvalid(repository, statusOf(upload), 'Another request is working on this upload');
  }
  store.busy.add(upload.upload_id);
  try {
    // What was read before the lock may be old by now.
    return await work(await requireUpload(store, repository, uploadId));
  } finally {
    store.busy.delete(upload.upload_id);
  }
}

async function append(
  store: UploadStore,
  repository: Repository,
  upload: UploadRow,
  { firstByte, lengthBytes, body }: UploadAppend,
): Promise<UploadStatus> {
  const received = upload.received_bytes;
  if (firstByte !== undefined && firstByte !== received) {
    throw layerPartInvalid(repository, statusOf(upload), 'The part does not begin where the upload ends');
  }
  if (upload.parts >= limits.uploadPartsMax) throw tooManyParts();
  const running = store.hashes.continue(upload.upload_id, upload.algorithm, received);
  const hash = running ?? createHash(upload.algorithm);
  const key = newBlobKey(repository.keyDomain, store.random);
  const part = { body, lengthBytes, bytesMax: limits.layerSizeBytesMax - received };
  const written = await writePart(store.blobs, key, part, hash, true);
  if (written.blobKey === undefined) return statusOf(upload);
  const { blobKey, sizeBytes } = written;
  const added = await addPart(store, upload, { blobKey, sizeBytes });
  if (!added) throw uploadNotFound(repository, upload.upload_id);
  const receivedBytes = received + sizeBytes;
  if (running !== undefined) store.hashes.keep(upload.upload_id, { algorithm: upload.algorithm, receivedBytes, hash });
  if (written.broken !== undefined) throw written.broken;
  return { id: upload.upload_id, receivedBytes, parts: upload.parts + 1 };
}

async function addPart(
  store: UploadStore,
  upload: UploadRow,
  part: { readonly blobKey: string; readonly sizeBytes: number },
): Promise<boolean> {
  const nowMs = store.clock.nowMs();
  try {
    const added = await store.database.transact<UploadTables, boolean>((transaction) =>
      insertUploadPart(transaction, upload, part, nowMs),
    );
    if (!added) await store.blobs.remove(part.blobKey);
    return added;
  } catch (error) {
    await store.blobs.remove(part.blobKey);
    throw error;
  }
}

async function whole(
  store: UploadStore,
  repository: Repository,
  digest: Digest,
  { lengthBytes, body }: UploadAppend,
): Promise<LayerInfo> {
  const algorithm = algorithmOf(digest);
  const hash = createHash(algorithm);
  const key = newBlobKey(repository.keyDomain, store.random);
  const part = { body, lengthBytes, bytesMax: limits.layerSizeBytesMax };
  const { blobKey, sizeBytes } = await writePart(store.blobs, key, part, hash, false);
  const parts = blobKey === undefined ? [] : [{ blob_key: blobKey, size_bytes: sizeBytes }];
  const found = digestFromHex(algorithm, hash.digest('hex'));
  if (found !== digest) {
    if (blobKey !== undefined) await store.blobs.remove(blobKey);
    throw layerDigestMismatch(digest, found);
  }
  return linkLayer(store, repository, { digest, sizeBytes, parts, uploadId: undefined });
}

function statusOf(upload: UploadRow): UploadStatus {
  return { id: upload.upload_id, receivedBytes: upload.received_bytes, parts: upload.parts };
}
