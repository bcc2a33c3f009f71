// The guard of every insert of a wrapped key: the root that wrapped it is the one that stands.

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

/** Wraps and writes; once more when the root key was replaced in between. */
export async function underStandingRoot<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StaleRootError) return await work();
    throw error;
  }
}
