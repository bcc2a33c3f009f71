// What each verification is given, and how it goes through the rows: in batches, each its own short read.

import type { Findings } from '#core/findings.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import type { VerificationTables } from './tables.ts';

export interface VerificationOptions {
  readonly database: Database;
  readonly blobs: Pick<BlobStore, 'read' | 'stat' | 'list'>;
  readonly keyRing: KeyRing;
  readonly findings: Findings;
  /** Why what a key domain holds cannot be opened now, which is no damage; undefined where it can. */
  readonly lockedBecause: (domain: KeyDomainId) => Promise<string | undefined>;
  /** False: of objects only that they are there, in the size they should have. */
  readonly readsBytes: boolean;
}

export const walkRowsMax = 200;

/** Calls `visit` with every key that `next` yields, which is given the one before, or none to begin with. */
export async function walk<Key>(
  next: (after: Key | undefined) => Promise<readonly Key[]>,
  visit: (key: Key) => Promise<void>,
): Promise<void> {
  let after: Key | undefined;
  do {
    const keys = await next(after);
    for (const key of keys) await visit(key);
    after = keys.at(-1);
  } while (after !== undefined);
}

export function tablesOf({ database }: Pick<VerificationOptions, 'database'>) {
  return database.tables<VerificationTables>();
}
