// Clears the files of the database of wrapped keys that were destroyed, as soon as nobody reads an older state.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { Database } from '#stores/sql/database.ts';
import { type ClearingTables, findClearing, noteCleared, wrappedTables } from './tables.ts';

export interface ClearingOptions {
  readonly database: Database;
  readonly clock: Clock;
}

const attemptEveryMs = 100;

/**
 * True once nothing that was destroyed before the call is in a file; false when somebody kept an older state for
 * limits.clearingWithinMs, or the signal came.
 */
export async function clearDestroyed({ database, clock }: ClearingOptions, signal?: AbortSignal): Promise<boolean> {
  const tables = database.tables<ClearingTables>();
  const { asked, done } = await findClearing(tables);
  if (asked === done) return true;
  const attempts = limits.clearingWithinMs / attemptEveryMs;
  for (let attempt = 1; !(await database.clearDeleted(wrappedTables)); attempt += 1) {
    if (attempt >= attempts || signal?.aborted === true) return false;
    await sleep(attemptEveryMs);
  }
  const atMs = clock.nowMs();
  await database.transact<ClearingTables, void>((transaction) => noteCleared(transaction, asked, atMs));
  return true;
}
