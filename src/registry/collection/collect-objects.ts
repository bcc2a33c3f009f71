// The objects that nothing needs: garbage whose grace is over, and what a crash left without a row.

import { setImmediate as letOthersRun } from 'node:timers/promises';
import { type CollectionOptions, type Step, stepRowsMax } from './steps.ts';
import { type CollectionTables, deleteGarbage, findGarbage, findNamedKeys } from './tables.ts';

/** Readers that began before a blob was freed have had the grace period to end. */
export function removeGarbage({ database, blobs, clock, settings }: CollectionOptions): () => Promise<Step> {
  const tables = database.tables<CollectionTables>();
  const beforeMs = clock.nowMs() - settings.collectionGraceMs;
  return async () => {
    const keys = await findGarbage(tables, beforeMs, stepRowsMax);
    for (const key of keys) await blobs.remove(key);
    await deleteGarbage(tables, keys);
    return { removed: keys.length, isMore: keys.length === stepRowsMax };
  };
}

/** Objects of other folders may live in the same store: only what looks like a part of a layer is looked at. */
const partKey = /^[a-z0-9]+\/[0-9a-f]{2}\/[0-9a-f]{32}$/;

/**
 * Removes objects that no row names: a crash came between the object and its row, or the row went with its
 * repository. A young object may still get its row, which follows at once. How many were removed.
 */
export async function sweepObjects(options: CollectionOptions, signal: AbortSignal | undefined): Promise<number> {
  const beforeMs = options.clock.nowMs() - options.settings.collectionGraceMs;
  let removed = 0;
  let keys: string[] = [];
  for await (const { key, modifiedAtMs } of options.blobs.list('')) {
    if (signal?.aborted === true) return removed;
    if (modifiedAtMs > beforeMs || !partKey.test(key)) continue;
    keys.push(key);
    if (keys.length < stepRowsMax) continue;
    removed += await removeNameless(options, keys);
    keys = [];
    await letOthersRun();
  }
  return removed + (await removeNameless(options, keys));
}

async function removeNameless({ database, blobs }: CollectionOptions, keys: readonly string[]): Promise<number> {
  const tables = database.tables<CollectionTables>();
  const named = await findNamedKeys(tables, keys);
  let removed = 0;
  for (const key of keys) {
    // Asked once more right before: removing the ones before took its time.
    if (named.has(key) || (await findNamedKeys(tables, [key])).has(key)) continue;
    await blobs.remove(key);
    removed += 1;
  }
  return removed;
}
