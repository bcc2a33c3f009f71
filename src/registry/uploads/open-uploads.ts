// Uploads: start, status, append, complete, cancel, and the whole in one. Each append is one durable part.

import { createHash } from 'node:crypto';
import { algorithmOf, type Digest, digestFromHex } from '#core/digest.ts';
import { limits } from '#core/limits.ts';
import { whenAdmitted } from '../encryption/admitted.ts';
import { layerDigestMismatch } from '../layers/refusals.ts';
import { hasRepository, type LayerTables } from '../layers/tables.ts';
import type { LayerInfo, Repository, UploadAppend, UploadStart, UploadStatus, Uploads } from '../registry.ts';
import { repositoryNotFound } from '../repositories/refusals.ts';
import { appendPart } from './append-part.ts';
import { completeUpload } from './complete.ts';
import { linkLayer } from './link-layer.ts';
import { tooManyUploads, uploadNotFound } from './refusals.ts';
import { RunningHashes } from './running-hashes.ts';
import { countUploads, countUploadsOf, insertUpload, type UploadRow, type UploadTables } from './tables.ts';
import { alone, removeUpload, requireUpload, statusOf, type UploadStore, type UploadsOptions } from './upload-store.ts';
import { newBlobKey, writePart } from './write-part.ts';

export function openUploads(options: UploadsOptions): Uploads {
  const store: UploadStore = { ...options, hashes: new RunningHashes(), busy: new Set() };
  const writing = async <Result>(
    repository: Repository,
    work: () => Promise<Result>,
    digest?: Digest,
  ): Promise<Result> => {
    const layer = digest === undefined ? undefined : ({ kind: 'layer', digest } as const);
    return whenAdmitted(store.repositoryKeys, repository, 'write', work, layer);
  };
  return {
    start: (repository, options = {}) => writing(repository, () => start(store, repository, options)),
    status: async (repository, uploadId) => statusOf(await requireUpload(store, repository, uploadId)),
    append: (repository, uploadId, append) =>
      alone(store, repository, uploadId, (upload) =>
        writing(repository, () => appendPart(store, repository, upload, append)),
      ),
    complete: (repository, uploadId, completion) =>
      alone(store, repository, uploadId, (upload) =>
        writing(repository, () => completeUpload(store, repository, upload, completion), completion.digest),
      ),
    whole: (repository, digest, append) => writing(repository, () => whole(store, repository, digest, append), digest),
    cancel: (repository, uploadId) => alone(store, repository, uploadId, (upload) => cancel(store, repository, upload)),
  };
}

async function start(
  store: UploadStore,
  repository: Repository,
  { algorithm = 'sha256', openedBy = '' }: UploadStart,
): Promise<UploadStatus> {
  const { accountId, region } = repository.registry;
  const row: UploadRow = {
    upload_id: store.random.uuid(),
    repository_id: repository.id,
    registry: `${accountId}/${region}`,
    algorithm,
    received_bytes: 0,
    parts: 0,
    touched_at_ms: store.clock.nowMs(),
    opened_by: openedBy,
  };
  await store.database.transact<UploadTables & LayerTables, void>(async (transaction) => {
    const tables = transaction.$pickTables<keyof UploadTables>();
    if (!(await hasRepository(transaction.$pickTables<keyof LayerTables>(), repository.id))) {
      throw repositoryNotFound(repository.registry, repository.name);
    }
    if ((await countUploads(tables, row.registry)) >= limits.openUploadsMax) throw tooManyUploads('The registry');
    const mine = openedBy === '' ? 0 : await countUploadsOf(tables, row.registry, openedBy);
    if (mine >= limits.openUploadsPerPrincipalMax) throw tooManyUploads('This principal');
    await insertUpload(tables, row);
  });
  return statusOf(row);
}

async function cancel(store: UploadStore, repository: Repository, upload: UploadRow): Promise<void> {
  store.hashes.forget(upload.upload_id);
  if (!(await removeUpload(store, upload))) throw uploadNotFound(repository, upload.upload_id);
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
  const { blobKey, sizeBytes, unnamedSinceMs } = await writePart(store, key, part, { hash });
  const parts = blobKey === undefined ? [] : [{ blob_key: blobKey, size_bytes: sizeBytes }];
  const found = digestFromHex(algorithm, hash.digest('hex'));
  if (found !== digest) {
    if (blobKey !== undefined) await store.blobs.remove(blobKey);
    throw layerDigestMismatch(digest, found);
  }
  return (await linkLayer(store, repository, { digest, sizeBytes, parts, unnamedSinceMs })).layer;
}
