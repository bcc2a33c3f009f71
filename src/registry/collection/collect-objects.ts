// The objects that nothing needs: garbage whose grace is over, and what a crash left without a row.

import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { Step } from '#jobs/steps.ts';
import { insertGarbage, type LayerTables } from '../layers/tables.ts';
import { type CollectionOptions, stepRowsMax } from './steps.ts';
import { type CollectionQueries, type CollectionTables, deleteGarbage, findGarbage, findNamedKeys } from './tables.ts';

/** Readers that began before a blob was freed have had the grace period to end. */
export function removeGarbage({ database, blobs, clock, settings }: CollectionOptions): () => Promise<Step> {
  const tables = database.tables<CollectionTables>();
  const beforeMs = clock.nowMs() - settings.collectionGraceMs;
  let place = '';
  const failures: unknown[] = [];
  return async () => {
    const keys = await findGarbage(tables, beforeMs, place, stepRowsMax);
    place = keys.at(-1) ?? place;
    const removed: string[] = [];
    for (const key of keys) {
      // One object that the disk does not give up must not keep all others for ever.
      await blobs.remove(key).then(
        () => removed.push(key),
        (error: unknown) => failures.push(error),
      );
    }
    await deleteGarbage(tables, removed);
    const isMore = keys.length === stepRowsMax;
    if (!isMore && failures.length > 0) throw failures[0];
    return { removed: removed.length, isMore };
  };
}

/** Objects of other folders may live in the same store: only what looks like a part of a layer is looked at. */
const partKey = /^[a-z0-9]+\/[0-9a-f]{2}\/[0-9a-f]{32}$/;

/**
 * Finds objects that no row names: a crash came between the object and its row, or the row went with its repository.
 * They become garbage, in one transaction with the check: a push that was held up for longer than the grace, and is
 * about to name one, finds that in its own transaction and is refused. How many were found.
 */
export async function sweepObjects(options: CollectionOptions, signal: AbortSignal | undefined): Promise<number> {
  const beforeMs = options.clock.nowMs() - options.settings.collectionGraceMs;
  let found = 0;
  let keys: string[] = [];
  for await (const { key, modifiedAtMs } of options.blobs.list('')) {
    if (signal?.aborted === true) return found;
    if (modifiedAtMs > beforeMs || !partKey.test(key)) continue;
    keys.push(key);
    if (keys.length < stepRowsMax) continue;
    found += await discardNameless(options, keys);
    keys = [];
    await letOthersRun();
  }
  return found + (await discardNameless(options, keys));
}

async function discardNameless({ database, clock }: CollectionOptions, keys: readonly string[]): Promise<number> {
  // Looked at outside first: there is hardly ever one, and then no transaction is needed.
  const suspects = await namelessOf(database.tables<CollectionTables>(), keys);
  if (suspects.length === 0) return 0;
  return database.transact<CollectionTables, number>(async (transaction) => {
    const nameless = await namelessOf(transaction, suspects);
    await insertGarbage(transaction.$pickTables<keyof LayerTables>(), nameless, clock.nowMs());
    return nameless.length;
  });
}

/** The keys that no row names. */
async function namelessOf(tables: CollectionQueries, keys: readonly string[]): Promise<readonly string[]> {
  const named = await findNamedKeys(tables, keys);
  return keys.filter((key) => !named.has(key));
}
