// Whether objects that no row names yet are still there: after the grace collection takes them for its own.

import { bytesGivenUp } from '../layers/refusals.ts';
import { isAnyGarbage, type LayerTables } from '../layers/tables.ts';
import type { UploadTransaction } from './tables.ts';
import type { UploadStore } from './upload-store.ts';

/**
 * Call it in the transaction that names them. Throws storage-unavailable when they are garbage, or when more than the
 * grace has gone by since `unnamedSinceMs`: then they may have been garbage, and removed with every trace of it,
 * while this process stood still.
 */
export async function requireKept(
  { clock, layers }: Pick<UploadStore, 'clock' | 'layers'>,
  transaction: UploadTransaction,
  keys: readonly string[],
  unnamedSinceMs: number | undefined,
): Promise<void> {
  if (unnamedSinceMs !== undefined && clock.nowMs() - unnamedSinceMs > layers.graceMs) throw bytesGivenUp();
  if (await isAnyGarbage(transaction.$pickTables<keyof LayerTables>(), keys)) throw bytesGivenUp();
}
