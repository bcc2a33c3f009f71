// Before anything of a repository is read or written: may its key be used now? One comparison where it has none.

import type { MaybePromise } from '#core/operation.ts';
import type { RepositoryKeys, RepositoryUse } from '#core/ports/repository-keys.ts';
import { goOn } from '#std/go-on.ts';
import type { Repository } from '../registry.ts';

type Guarded = Pick<Repository, 'keySlot'>;

/** Runs `work` once the key may be used, at once where that is known. Throws kms-unavailable. */
export function whenAdmitted<Result>(
  keys: RepositoryKeys,
  { keySlot }: Guarded,
  use: RepositoryUse,
  work: () => MaybePromise<Result>,
): MaybePromise<Result> {
  if (keySlot === undefined) return work();
  return goOn(keys.admit(keySlot, use), work);
}

/** Asks before the first piece and before each further one: a key that is disabled meanwhile ends the reading. */
export async function* readAdmitted(
  keys: RepositoryKeys,
  { keySlot }: Guarded,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (keySlot === undefined) return yield* pieces;
  await keys.admit(keySlot, 'read');
  for await (const piece of pieces) {
    const admitted = keys.admit(keySlot, 'read');
    if (admitted instanceof Promise) await admitted;
    yield piece;
  }
}
