// Before anything of a repository is read or written: may its key be used now? One comparison where it has none.

import type { MaybePromise } from '#core/operation.ts';
import type { RepositoryKeys, RepositoryUse, UsedObject } from '#core/ports/repository-keys.ts';
import { goOn } from '#std/go-on.ts';
import type { Repository } from '../registry.ts';

type Guarded = Pick<Repository, 'keySlot'>;
type Moved = Pick<Repository, 'keySlot' | 'moving'>;

/** Runs `work` once the key may be used, at once where that is known. Throws kms-unavailable. */
export function whenAdmitted<Result>(
  keys: RepositoryKeys,
  { keySlot }: Guarded,
  use: RepositoryUse,
  work: () => MaybePromise<Result>,
  object?: UsedObject,
): MaybePromise<Result> {
  if (keySlot === undefined) return work();
  return goOn(keys.admit(keySlot, use, object), work);
}

/** The same for what may be in either domain of a repository that is moved. */
export function whenAllAdmitted<Result>(
  keys: RepositoryKeys,
  { keySlot, moving }: Moved,
  use: RepositoryUse,
  work: () => MaybePromise<Result>,
): MaybePromise<Result> {
  const both = () => (moving === undefined ? work() : whenAdmitted(keys, moving, use, work));
  return whenAdmitted(keys, { keySlot }, use, both);
}

/** Asks before the first piece and before each further one: a key that is disabled meanwhile ends the reading. */
export async function* readAdmitted(
  keys: RepositoryKeys,
  { keySlot }: Guarded,
  pieces: AsyncIterable<Uint8Array>,
  object: UsedObject,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (keySlot === undefined) return yield* pieces;
  await keys.admit(keySlot, 'read', object);
  for await (const piece of pieces) {
    const admitted = keys.admit(keySlot, 'read', object);
    if (admitted instanceof Promise) await admitted;
    yield piece;
  }
}
