// Which layers a repository has, answered from memory while that is right; the grace of those told of is renewed.

import type { Clock } from '#core/clock.ts';
import type { Digest } from '#core/digest.ts';
import { isKind } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { type ImageTables, isLayerReferenced } from '../images/tables.ts';
import type { LayerInfo } from '../registry.ts';
import type { Part } from './read-parts.ts';
import { findLayer, findParts, type LayerTables, touchLayer } from './tables.ts';

export interface CachedLayersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: { readonly collectionGraceMs: number };
}

export interface KnownLayer {
  readonly info: LayerInfo;
  /** That all of its parts are in. */
  readonly keyDomain: KeyDomainId;
  readonly parts: readonly Part[];
}

interface CachedLayer extends KnownLayer {
  touchedAtMs: number;
  /** The renewal under way: however many ask meanwhile, one write answers them all. */
  renewing?: Promise<CachedLayer | undefined> | undefined;
}

const layersMax = 50_000;
/** Layers and their parts together: few have more than one part. */
const partsMax = 200_000;
const hourMs = 3600 * 1000;

/**
 * How old a layer's `touched_at_ms` may be without being renewed when a client is told that the layer is there: a
 * telling hardly ever writes. Collection adds it to the grace, so that the client may rely on the whole grace.
 */
export function touchIntervalMs(collectionGraceMs: number): number {
  return Math.min(hourMs, collectionGraceMs);
}

export class CachedLayers {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #touchIntervalMs: number;
  readonly #cache: GuardedCache<CachedLayer>;

  constructor({ database, clock, settings }: CachedLayersOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#touchIntervalMs = touchIntervalMs(settings.collectionGraceMs);
    const size = { sumMax: partsMax, sizeOf: (layer: CachedLayer) => 1 + layer.parts.length };
    this.#cache = new GuardedCache(database, { entriesMax: layersMax, size });
  }

  /** The layer, good to rely on for the grace period; undefined when the repository has none. */
  tell(repositoryId: number, digest: Digest): MaybePromise<KnownLayer | undefined> {
    const known = this.#cache.get(keyOf(repositoryId, digest));
    if (known !== undefined) return this.#renewIfOld(repositoryId, known);
    return this.#load(repositoryId, digest).then((layer) => layer && this.#renewIfOld(repositoryId, layer));
  }

  /** The layer for somebody who reads it now. */
  look(repositoryId: number, digest: Digest): MaybePromise<KnownLayer | undefined> {
    return this.#cache.get(keyOf(repositoryId, digest)) ?? this.#load(repositoryId, digest);
  }

  forget(repositoryId: number, digest: Digest): void {
    this.#cache.forget(keyOf(repositoryId, digest));
  }

  async #load(repositoryId: number, digest: Digest): Promise<CachedLayer | undefined> {
    try {
      return await this.#cache.read(keyOf(repositoryId, digest), () => this.#read(repositoryId, digest));
    } catch (error) {
      if (error instanceof LayerMissingError) return undefined;
      throw error;
    }
  }

  async #read(repositoryId: number, digest: Digest): Promise<CachedLayer> {
    const tables = this.#database.tables<LayerTables>();
    const row = await findLayer(tables, repositoryId, digest);
    if (row === undefined) throw new LayerMissingError();
    const parts = await findParts(tables, row.blob_id);
    return {
      info: { digest, sizeBytes: row.size_bytes },
      keyDomain: row.key_domain,
      parts: parts.map((part) => ({ key: part.blob_key, sizeBytes: part.size_bytes })),
      touchedAtMs: row.touched_at_ms,
    };
  }

  #renewIfOld(repositoryId: number, layer: CachedLayer): MaybePromise<CachedLayer | undefined> {
    if (layer.touchedAtMs + this.#touchIntervalMs > this.#clock.nowMs()) return layer;
    layer.renewing ??= this.#renew(repositoryId, layer).finally(() => {
      layer.renewing = undefined;
    });
    return layer.renewing;
  }

  /** Undefined when the layer was collected or removed before this could be written. */
  async #renew(repositoryId: number, layer: CachedLayer): Promise<CachedLayer | undefined> {
    const { digest } = layer.info;
    const nowMs = this.#clock.nowMs();
    const isThere = await this.#touch(repositoryId, digest, nowMs).catch(async (error: unknown) => {
      // A full disk must not stop pulls: an image holds its layers, whether or not their grace is renewed.
      if (isKind(error, 'storage-unavailable') && (await this.#isReferenced(repositoryId, digest))) return 'held';
      throw error;
    });
    if (isThere === 'held') return layer;
    if (!isThere) {
      this.forget(repositoryId, digest);
      return undefined;
    }
    layer.touchedAtMs = nowMs;
    return layer;
  }

  #touch(repositoryId: number, digest: Digest, nowMs: number): Promise<boolean> {
    return this.#database.transact<LayerTables, boolean>((transaction) =>
      touchLayer(transaction, repositoryId, digest, nowMs),
    );
  }

  #isReferenced(repositoryId: number, digest: Digest): Promise<boolean> {
    return isLayerReferenced(this.#database.tables<ImageTables>(), repositoryId, digest);
  }
}

/** Thrown through the cache, which keeps no failures: that a layer is missing is asked anew each time. */
class LayerMissingError extends Error {}

function keyOf(repositoryId: number, digest: Digest): string {
  return `${repositoryId} ${digest}`;
}
