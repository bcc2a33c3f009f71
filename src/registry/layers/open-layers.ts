// Layers of all repositories over the SQL database and the blob store: find (hot path), read, mount, remove.

import type { Digest } from '#core/digest.ts';
import type { RepositoryKeys, UsedObject } from '#core/ports/repository-keys.ts';
import { cutPage } from '#std/cut-page.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { readAdmitted, whenAdmitted } from '../encryption/admitted.ts';
import { contentMoves, type Guard, guardOf } from '../encryption/content-domains.ts';
import { findLayerMediaTypes, type ImageTables, isLayerReferenced } from '../images/tables.ts';
import type { LayerInfo, LayerRange, Layers, Repository } from '../registry.ts';
import { CachedLayers, type CachedLayersOptions, type KnownLayer } from './cached-layers.ts';
import { readParts } from './read-parts.ts';
import { layerNotFound, layerReferenced } from './refusals.ts';
import { deleteLayer, findDomains, findHolders, findLayer, type LayerTables, upsertLayer } from './tables.ts';

export interface LayersOptions extends CachedLayersOptions {
  readonly blobs: BlobStore;
  readonly repositoryKeys: RepositoryKeys;
}

/** What the folder's neighbours may do besides: uploads and collection change layers too. */
export interface OpenLayers extends Layers {
  /** How long an object that no row names is sure to stay. */
  readonly graceMs: number;
  /** Call it inside the transaction that changes a layer, and after it: see `changing`. */
  forget(repositoryId: number, digest: Digest): void;
}

export function openLayers(options: LayersOptions): OpenLayers {
  const { database, blobs, repositoryKeys: keys } = options;
  const tables = database.tables<LayerTables & ImageTables>();
  const cached = new CachedLayers(options);
  return {
    graceMs: options.settings.collectionGraceMs,
    forget: (repositoryId, digest) => cached.forget(repositoryId, digest),
    find(repository, digest) {
      const told = cached.tell(repository.id, digest);
      return told instanceof Promise ? told.then(infoOf) : infoOf(told);
    },
    async *read(repository: Repository, digest: Digest, range?: LayerRange) {
      const { layer, guard } = await locate(options, cached, repository, digest);
      if (layer === undefined) throw layerNotFound(repository, digest);
      const pieces = readParts(blobs, layer.parts, range);
      yield* readAdmitted(keys, guard, pieces, { kind: 'layer', digest });
    },
    isReferenced: (repository, digest) => isLayerReferenced(tables, repository.id, digest),
    async holders({ registry, keyDomain }, digest, { limit, after = '' }) {
      const names = await findHolders(tables, { ...registry, keyDomain }, digest, { after, limit: limit + 1 });
      return cutPage(names, limit, (name) => name);
    },
    mediaTypes: (repository, digests) => findLayerMediaTypes(tables, repository.id, digests),
    async mount(target, source, digest) {
      if (target.keyDomain !== source.keyDomain && target.keyDomain !== source.moving?.keyDomain) return false;
      const { layer, guard } = await locate(options, cached, source, digest);
      // While the source is moved its layers are in two domains: those of the target's are shared, no others.
      if (layer !== undefined && layer.keyDomain !== target.keyDomain) return false;
      const object: UsedObject = { kind: 'layer', digest };
      const write = () => mount(options, cached, target, source, digest);
      return whenAdmitted(keys, guard, 'read', () => whenAdmitted(keys, target, 'write', write, object), object);
    },
    remove: (repository, digest) => remove(options, cached, repository, digest),
  };
}

function infoOf(layer: KnownLayer | undefined): LayerInfo | undefined {
  return layer?.info;
}

/** Between the look at a layer and the look at its repository, a move can have ended. */
const looksMax = 3;

/** The layer, and what admits to it: to a layer that is not there, what admits to the repository. */
async function locate(
  { database }: LayersOptions,
  cached: CachedLayers,
  repository: Repository,
  digest: Digest,
): Promise<{ readonly layer: KnownLayer | undefined; readonly guard: Guard }> {
  for (let looks = 1; looks <= looksMax; looks += 1) {
    const layer = await cached.look(repository.id, digest);
    const guard = await guardOf(database, repository, layer?.keyDomain ?? repository.keyDomain);
    if (guard !== undefined) return { layer, guard };
  }
  throw contentMoves();
}

async function mount(
  { database, clock }: LayersOptions,
  cached: CachedLayers,
  target: Repository,
  source: Repository,
  digest: Digest,
): Promise<boolean> {
  return changing<LayerTables, boolean>(
    database,
    async (transaction) => {
      const row = await findLayer(transaction, source.id, digest);
      const domains = await findDomains(transaction, target.id);
      if (row === undefined || row.key_domain !== domains?.key_domain) return false;
      const layer = { repository_id: target.id, digest, blob_id: row.blob_id, touched_at_ms: clock.nowMs() };
      await upsertLayer(transaction, layer);
      return true;
    },
    () => cached.forget(target.id, digest),
  );
}

/** An acknowledged image keeps its layers: only what no image refers to can be removed. */
async function remove(
  { database }: LayersOptions,
  cached: CachedLayers,
  repository: Repository,
  digest: Digest,
): Promise<void> {
  await changing<LayerTables & ImageTables, void>(
    database,
    async (transaction) => {
      const images = transaction.$pickTables<keyof ImageTables>();
      if (await isLayerReferenced(images, repository.id, digest)) throw layerReferenced(repository, digest);
      const layers = transaction.$pickTables<keyof LayerTables>();
      if (!(await deleteLayer(layers, repository.id, digest))) throw layerNotFound(repository, digest);
    },
    () => cached.forget(repository.id, digest),
  );
}
