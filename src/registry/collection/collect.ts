// Collection: removes what nothing needs, online, in bounded steps, never what a push in flight may still refer to.

import type { Clock } from '#core/clock.ts';
import type { Job } from '#jobs/job.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import type { OpenLayers } from '../layers/open-layers.ts';
import { insertGarbage, type LayerTables } from '../layers/tables.ts';
import { findIdleUploads, type UploadTables } from '../uploads/tables.ts';
import { removeUpload } from '../uploads/upload-store.ts';
import {
  type CollectionTables,
  deleteGarbage,
  deleteOrphanBlobs,
  deleteStaleLayers,
  findGarbage,
  isKeyKnown,
} from './tables.ts';

export interface CollectionOptions {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly layers: OpenLayers;
  readonly settings: CollectionSettings;
}

export interface CollectionSettings {
  /** An upload that nobody touched for this long goes. */
  readonly uploadIdleMs: number;
  /** How long a layer without an image, and an object without a row, stay. */
  readonly collectionGraceMs: number;
  readonly intervalMs: number;
}

export interface Collected {
  readonly uploads: number;
  readonly layers: number;
  readonly blobs: number;
  readonly objects: number;
}

/** A step handles at most this many rows, so that no transaction keeps a push waiting for long. */
const stepMax = 200;

/** One job; each pass does all of it, in the order in which things become free. */
export function collectionJobs(options: CollectionOptions): readonly Job[] {
  const run = async (signal: AbortSignal) => void (await collect(options, signal));
  return [{ name: 'collection', intervalMs: options.settings.intervalMs, run }];
}

/** One whole pass; what it removed. */
export async function collect(options: CollectionOptions, signal?: AbortSignal): Promise<Collected> {
  const uploads = await repeat(() => expireUploads(options), signal);
  const layers = await repeat(() => collectLayers(options), signal);
  const blobs = await repeat(() => collectBlobs(options), signal);
  const objects = (await repeat(() => removeGarbage(options), signal)) + (await sweep(options, signal));
  return { uploads, layers, blobs, objects };
}

/** Repeats a step until it finds less than it could have handled. */
async function repeat(step: () => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
  let total = 0;
  while (signal?.aborted !== true) {
    const done = await step();
    total += done;
    if (done < stepMax) break;
  }
  return total;
}

async function expireUploads({ database, blobs, clock, settings }: CollectionOptions): Promise<number> {
  const before = clock.nowMs() - settings.uploadIdleMs;
  const idle = await findIdleUploads(database.tables<UploadTables>(), before, stepMax);
  for (const upload of idle) await removeUpload({ database, blobs }, upload);
  return idle.length;
}

/**
 * A push that committed before this transaction is seen by it; one that comes after finds the layer gone when it
 * checks, in its own transaction, and is refused. No image ever loses a layer.
 */
async function collectLayers({ database, clock, layers, settings }: CollectionOptions): Promise<number> {
  const before = clock.nowMs() - settings.collectionGraceMs;
  const gone = await changing<CollectionTables, Awaited<ReturnType<typeof deleteStaleLayers>>>(
    database,
    (transaction) => deleteStaleLayers(transaction, before, stepMax),
    (stale) => {
      for (const { repository_id, digest } of stale) layers.forget(repository_id, digest);
    },
  );
  return gone.length;
}

async function collectBlobs({ database, clock }: CollectionOptions): Promise<number> {
  const keys = await database.transact<CollectionTables, readonly string[]>(async (transaction) => {
    const freed = await deleteOrphanBlobs(transaction, stepMax);
    await insertGarbage(transaction.$pickTables<keyof LayerTables>(), freed, clock.nowMs());
    return freed;
  });
  return keys.length;
}

/** Readers that began before a blob was freed have had the grace period to end. */
async function removeGarbage({ database, blobs, clock, settings }: CollectionOptions): Promise<number> {
  const tables = database.tables<CollectionTables>();
  const keys = await findGarbage(tables, clock.nowMs() - settings.collectionGraceMs, stepMax);
  for (const key of keys) {
    await blobs.remove(key);
    await deleteGarbage(tables, key);
  }
  return keys.length;
}

/** Objects that no row names: a crash came between the object and its row. Young ones may still get their row. */
async function sweep(options: CollectionOptions, signal: AbortSignal | undefined): Promise<number> {
  const { database, blobs, clock, settings } = options;
  const tables = database.tables<CollectionTables>();
  const before = clock.nowMs() - settings.collectionGraceMs;
  let removed = 0;
  for await (const { key, modifiedAtMs } of blobs.list('')) {
    if (signal?.aborted === true) break;
    if (modifiedAtMs >= before || (await isKeyKnown(tables, key))) continue;
    await blobs.remove(key);
    removed += 1;
  }
  return removed;
}
