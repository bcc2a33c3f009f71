// Makes a verified sequence of parts a layer of a repository; equal bytes in the key domain are stored once.

import type { Digest } from '#core/digest.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { uploadNotFound } from '../layers/refusals.ts';
import { findBlob, hasRepository, insertBlob, type LayerTables, upsertLayer } from '../layers/tables.ts';
import type { LayerInfo, Repository } from '../registry.ts';
import { repositoryNotFound } from '../repositories/refusals.ts';
import { deleteUpload, type UploadTables } from './tables.ts';
import type { UploadStore } from './upload-store.ts';

export interface NewLayer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly parts: ReadonlyArray<{ readonly blob_key: string; readonly size_bytes: number }>;
  /** The upload that ends with it; undefined when there was none. */
  readonly uploadId: string | undefined;
}

/** One transaction: the upload goes and the layer is there. Throws upload-not-found when the upload was cancelled. */
export async function linkLayer(store: UploadStore, repository: Repository, layer: NewLayer): Promise<LayerInfo> {
  const { digest, sizeBytes, parts, uploadId } = layer;
  const linked = await link(store, repository, layer).catch(async (error: unknown) => {
    // The parts of an upload are named by its rows; those of a whole push by nobody.
    if (uploadId === undefined) for (const part of parts) await store.blobs.remove(part.blob_key);
    throw error;
  });
  if (!linked.isNew) for (const part of parts) await store.blobs.remove(part.blob_key);
  return { digest, sizeBytes, mediaType: undefined };
}

function link(store: UploadStore, repository: Repository, layer: NewLayer): Promise<{ readonly isNew: boolean }> {
  const { database, clock, random, layers } = store;
  const { digest, sizeBytes, parts, uploadId } = layer;
  const { keyDomain } = repository;
  const nowMs = clock.nowMs();
  return changing<LayerTables & UploadTables, { readonly isNew: boolean }>(
    database,
    async (transaction) => {
      const uploads = transaction.$pickTables<keyof UploadTables>();
      const tables = transaction.$pickTables<keyof LayerTables>();
      if (uploadId !== undefined && !(await deleteUpload(uploads, uploadId)))
        throw uploadNotFound(repository, uploadId);
      if (!(await hasRepository(tables, repository.id))) throw repositoryNotFound(repository.registry, repository.name);
      const known = await findBlob(tables, keyDomain, digest);
      const blob = known ?? {
        blob_id: random.bytes(16).toString('hex'),
        key_domain: keyDomain,
        digest,
        size_bytes: sizeBytes,
        created_at_ms: nowMs,
      };
      if (known === undefined) await insertBlob(tables, blob, parts);
      const row = { repository_id: repository.id, digest, blob_id: blob.blob_id, touched_at_ms: nowMs };
      await upsertLayer(tables, row);
      return { isNew: known === undefined };
    },
    () => layers.forget(repository.id, digest),
  );
}
