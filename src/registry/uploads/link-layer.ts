// Makes a verified sequence of parts a layer of a repository; equal bytes in the key domain are stored once.

import type { Digest } from '#core/digest.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { whenAdmitted } from '../encryption/admitted.ts';
import { contentMoves, rereadRepository } from '../encryption/content-domains.ts';
import { DomainChangedError } from '../encryption/current-domain.ts';
import {
  findBlob,
  findDomains,
  findLayer,
  insertBlob,
  insertGarbage,
  type LayerTables,
  upsertLayer,
} from '../layers/tables.ts';
import type { LayerInfo, Repository } from '../registry.ts';
import { repositoryNotFound } from '../repositories/refusals.ts';
import { copyForeign } from './foreign-parts.ts';
import { requireKept } from './require-kept.ts';
import { deleteUpload, findUploadParts, type UploadRow, type UploadTables, type UploadTransaction } from './tables.ts';
import { conflict, type UploadStore } from './upload-store.ts';

export interface NewLayer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly parts: ReadonlyArray<{ readonly blob_key: string; readonly size_bytes: number }>;
  /** Since when there are objects of these parts that no row names; undefined when the upload names them all. */
  readonly unnamedSinceMs?: number;
  /** The upload that ends with it, as its parts were verified; undefined when there was none. */
  readonly upload?: UploadRow;
}

export interface LinkedLayer {
  readonly layer: LayerInfo;
  /** The repository had it already. */
  readonly wasThere: boolean;
}

/** A move begins or turns round when somebody says so: twice in one request is much already. */
const copiesMax = 3;

type Linked =
  | { readonly isChanged: true }
  | { readonly isChanged: false; readonly wasThere: boolean; readonly isNew: boolean };

/**
 * One transaction: the upload goes and the layer is there. Throws upload-not-found or layer-part-invalid when another
 * request came first, repository-not-found, and storage-unavailable when the objects may be gone. A transaction that
 * fails leaves the objects to collection: its commit may have reached the disk nevertheless.
 */
export async function linkLayer(store: UploadStore, repository: Repository, layer: NewLayer): Promise<LinkedLayer> {
  let [current, wanted] = [repository, layer];
  for (let copies = 0; ; copies += 1) {
    try {
      const linked = await linkOnce(store, current, wanted);
      // Copied: nothing names the parts that the client sent.
      if (copies > 0) await removeParts(store, layer);
      return linked;
    } catch (error) {
      if (!(error instanceof DomainChangedError)) throw error;
      if (copies > 0) await removeParts(store, wanted);
      if (copies === copiesMax) throw contentMoves();
    }
    current = await rereadRepository(store.database, repository);
    wanted = await copied(store, current, layer);
  }
}

/** The same layer under the key that the repository has by now: a move to another one began after the bytes came. */
async function copied(store: UploadStore, repository: Repository, layer: NewLayer): Promise<NewLayer> {
  const parts = layer.parts.map(({ blob_key: key, size_bytes: sizeBytes }) => ({ key, sizeBytes }));
  if (parts.length === 0) return whenAdmitted(store.repositoryKeys, repository, 'write', () => layer);
  const { key, sizeBytes, unnamedSinceMs } = await copyForeign(store, repository, parts);
  return { ...layer, parts: [{ blob_key: key, size_bytes: sizeBytes }], unnamedSinceMs };
}

async function removeParts({ blobs }: UploadStore, { parts }: NewLayer): Promise<void> {
  for (const { blob_key } of parts) await blobs.remove(blob_key);
}

/** Throws DomainChangedError, and then has done nothing. */
async function linkOnce(store: UploadStore, repository: Repository, layer: NewLayer): Promise<LinkedLayer> {
  const { digest, sizeBytes, parts, unnamedSinceMs, upload } = layer;
  const linked = await changing<LayerTables & UploadTables, Linked>(
    store.database,
    (transaction) => link(store, transaction, repository, layer),
    () => store.layers.forget(repository.id, digest),
  );
  const isNamed = linked.isChanged ? unnamedSinceMs === undefined : linked.isNew;
  if (!isNamed) for (const part of parts) await store.blobs.remove(part.blob_key);
  if (linked.isChanged) {
    throw upload === undefined
      ? repositoryNotFound(repository.registry, repository.name)
      : await conflict(store, repository, upload.upload_id);
  }
  return { layer: { digest, sizeBytes }, wasThere: linked.wasThere };
}

async function link(
  store: UploadStore,
  transaction: UploadTransaction,
  { id, keyDomain }: Repository,
  { digest, sizeBytes, parts, unnamedSinceMs, upload }: NewLayer,
): Promise<Linked> {
  const uploads = transaction.$pickTables<keyof UploadTables>();
  const tables = transaction.$pickTables<keyof LayerTables>();
  const domains = await findDomains(tables, id);
  const isMoving = domains !== undefined && domains.other_domain !== null;
  const left = upload !== undefined && isMoving ? await findUploadParts(uploads, upload.upload_id) : [];
  if (upload !== undefined && !(await deleteUpload(uploads, upload.upload_id, { unchanged: upload }))) {
    return { isChanged: true };
  }
  // Only a push without an upload comes here: an upload goes with its repository.
  if (domains === undefined) return { isChanged: true };
  if (domains.key_domain !== keyDomain) throw new DomainChangedError();
  const nowMs = store.clock.nowMs();
  const wasThere = (await findLayer(tables, id, digest)) !== undefined;
  const known = await findBlob(tables, keyDomain, digest);
  const blobId = known?.blob_id ?? store.random.bytes(16).toString('hex');
  if (known === undefined) {
    const keys = parts.map((part) => part.blob_key);
    await requireKept(store, transaction, keys, unnamedSinceMs);
    const blob = { blob_id: blobId, key_domain: keyDomain, digest, size_bytes: sizeBytes, created_at_ms: nowMs };
    await insertBlob(tables, blob, parts);
  }
  // Copies that the move has made of the upload's parts, and that nothing names any more.
  const named = new Set(parts.map((part) => part.blob_key));
  const copies = left.map((part) => part.blob_key).filter((key) => !named.has(key));
  await insertGarbage(tables, copies, nowMs);
  await upsertLayer(tables, { repository_id: id, digest, blob_id: blobId, touched_at_ms: nowMs });
  return { isChanged: false, wasThere, isNew: known === undefined };
}
