// Layers of a repository: find (hot path), read, mount, remove.

import type { Clock } from '#core/clock.ts';
import type { Digest } from '#core/digest.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing, GuardedCache } from '#stores/sql/guarded-cache.ts';
import { type ImageTables, isLayerReferenced } from '../images/tables.ts';
import type { LayerInfo, LayerRange, Layers, Repository } from '../registry.ts';
import { type Part, readParts } from './read-parts.ts';
import { layerNotFound, layerReferenced } from './refusals.ts';
import {
  deleteLayer,
  findHolders,
  findLayer,
  findParts,
  hasRepository,
  type LayerTables,
  touchLayer,
  upsertLayer,
} from './tables.ts';

export interface LayersOptions {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
}

/** What the folder's neighbours may do besides: uploads and collection change layers too. */
export interface OpenLayers extends Layers {
  /** Call it inside the transaction that changes a layer, and after it. */
  forget(repositoryId: number, digest: Digest): void;
}

interface CachedLayer {
  readonly info: LayerInfo;
  readonly blobId: string;
  readonly parts: readonly Part[];
  touchedAtMs: number;
}

const cachedLayersMax = 50_000;
const holdersMax = 100;
/** A client that was told «it is here» relies on it: the telling renews the grace, but hardly ever writes. */
const touchEveryMs = 20 * 60 * 1000;

class LayerMissingError extends Error {}

export function openLayers({ database, blobs, clock }: LayersOptions): OpenLayers {
  const tables = database.tables<LayerTables & ImageTables>();
  const cache = new GuardedCache<CachedLayer>(database, { entriesMax: cachedLayersMax });
  const keyOf = (repositoryId: number, digest: Digest) => `${repositoryId} ${digest}`;
  const forget = (repositoryId: number, digest: Digest) => cache.forget(keyOf(repositoryId, digest));

  const load = async (repository: Repository, digest: Digest): Promise<CachedLayer> => {
    const row = await findLayer(tables, repository.id, digest);
    if (row === undefined) throw new LayerMissingError();
    const parts = (await findParts(tables, row.blob_id)).map((part) => ({
      key: part.blob_key,
      sizeBytes: part.size_bytes,
    }));
    const info = { digest, sizeBytes: row.size_bytes, mediaType: undefined };
    return { info, blobId: row.blob_id, parts, touchedAtMs: row.touched_at_ms };
  };

  const lookUp = async (repository: Repository, digest: Digest): Promise<CachedLayer | undefined> => {
    try {
      return await cache.read(keyOf(repository.id, digest), () => load(repository, digest));
    } catch (error) {
      if (error instanceof LayerMissingError) return undefined;
      throw error;
    }
  };

  /** Renews the grace; answers whether the layer is still there, for it may have been collected meanwhile. */
  const touch = async (repository: Repository, layer: CachedLayer): Promise<LayerInfo | undefined> => {
    const nowMs = clock.nowMs();
    const { digest } = layer.info;
    const isThere = await database.transact<LayerTables, boolean>((transaction) =>
      touchLayer(transaction, repository.id, digest, nowMs),
    );
    if (!isThere) {
      forget(repository.id, digest);
      return undefined;
    }
    layer.touchedAtMs = nowMs;
    return layer.info;
  };

  const answer = (repository: Repository, layer: CachedLayer) => {
    return layer.touchedAtMs + touchEveryMs > clock.nowMs() ? layer.info : touch(repository, layer);
  };

  return {
    forget,
    find(repository, digest) {
      const known = cache.get(keyOf(repository.id, digest));
      if (known !== undefined) return answer(repository, known);
      return lookUp(repository, digest).then((layer) => layer && answer(repository, layer));
    },
    async *read(repository: Repository, digest: Digest, range?: LayerRange) {
      const layer = await lookUp(repository, digest);
      if (layer === undefined) throw layerNotFound(repository, digest);
      yield* readParts(blobs, layer.parts, range);
    },
    isReferenced: (repository, digest) => isLayerReferenced(tables, repository.id, digest),
    holders: (target, digest) =>
      findHolders(tables, { ...target.registry, keyDomain: target.keyDomain }, digest, holdersMax),
    async mount(target, source, digest) {
      if (target.keyDomain !== source.keyDomain) return false;
      return changing<LayerTables, boolean>(
        database,
        async (transaction) => {
          const row = await findLayer(transaction, source.id, digest);
          if (row === undefined || !(await hasRepository(transaction, target.id))) return false;
          const layer = { repository_id: target.id, digest, blob_id: row.blob_id, touched_at_ms: clock.nowMs() };
          await upsertLayer(transaction, layer);
          return true;
        },
        () => forget(target.id, digest),
      );
    },
    remove: (repository, digest) =>
      changing<LayerTables & ImageTables, void>(
        database,
        async (transaction) => {
          const images = transaction.$pickTables<keyof ImageTables>();
          if (await isLayerReferenced(images, repository.id, digest)) throw layerReferenced(repository, digest);
          const layers = transaction.$pickTables<keyof LayerTables>();
          if (!(await deleteLayer(layers, repository.id, digest))) throw layerNotFound(repository, digest);
        },
        () => forget(repository.id, digest),
      ),
  };
}
