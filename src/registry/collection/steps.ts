// What collection works on, and how much of it in one step.

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
