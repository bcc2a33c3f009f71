// The guard of every insert of a wrapped key: the root that wrapped it is the one that stands.

import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '#core/limits.ts';
import { findStandingRoot } from './tables.ts';
import { rootIdOf } from './wrapping.ts';

/** The root key was replaced between wrapping and writing: wrap anew and write again. */
export class StaleRootError extends Error {}

/** Inside the transaction that writes `wrapped`. Throws StaleRootError; while no root stands, all may be written. */
export async function assertRootStands(
  transaction: Parameters<typeof findStandingRoot>[0],
  wrapped: Uint8Array,
): Promise<void> {
  const standing = await findStandingRoot(transaction);
  if (standing === undefined || standing.root_id === rootIdOf(wrapped)) return;
  throw new StaleRootError('The root key was replaced meanwhile: do it again.');
}

const againMs = 20;

/**
 * Wraps and writes, and again as long as the root key is being replaced: a process holds the new one a moment before
 * it stands in the database, and other processes a moment after.
 */
export async function underStandingRoot<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let waitedMs = 0; ; waitedMs += againMs) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StaleRootError) || waitedMs >= limits.rootStandsWithinMs) throw error;
    }
    await pause(againMs);
  }
}
