// Collection in small steps: each is short, and requests come in between.

import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { Clock } from '#core/clock.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import type { OpenLayers } from '../layers/open-layers.ts';

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
  /**
   * How long a layer without an image, an object that readers may hold, and an object without a row stay. It has to
   * be longer than an upload takes from its object to its row, and than a slow client reads one part.
   */
  readonly collectionGraceMs: number;
  /** Between the end of one pass and the next. */
  readonly intervalMs: number;
}

/** A step handles at most this many rows, so that it keeps a push waiting for milliseconds. */
export const stepRowsMax = 100;

export interface Step {
  readonly removed: number;
  /** False when everything has been looked at. */
  readonly isMore: boolean;
}

/** Runs a step again and again until nothing is left to look at or the signal is aborted; how much was removed. */
export async function inSteps(step: () => Promise<Step>, signal: AbortSignal | undefined): Promise<number> {
  let removed = 0;
  while (signal?.aborted !== true) {
    const done = await step();
    removed += done.removed;
    if (!done.isMore) break;
    await letOthersRun();
  }
  return removed;
}
