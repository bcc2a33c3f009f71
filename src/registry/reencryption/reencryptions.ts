// What a move of a repository to another key is to those who ask for it: its start, its state, its end.

import type { RegistryRef } from '#core/account.ts';
import type { Caller } from '#core/caller.ts';
import type { Encryption, Page, PageRequest, Repository } from '../registry.ts';

/**
 * CANCELLING: what was moved goes back. PAUSED: it goes on by itself once the reason is gone.
 * COMPLETE and CANCELLED are ends.
 */
export type ReencryptionStatus = 'RUNNING' | 'PAUSED' | 'CANCELLING' | 'COMPLETE' | 'CANCELLED';

export interface Moved {
  readonly images: number;
  readonly layers: number;
  /** Of layers. */
  readonly bytes: number;
}

export interface Reencryption {
  readonly id: string;
  readonly registry: RegistryRef;
  readonly repositoryName: string;
  readonly status: ReencryptionStatus;
  /** Why it does not go on now. */
  readonly reason: string | undefined;
  readonly from: Encryption;
  readonly to: Encryption;
  /** ARN. */
  readonly requestedBy: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | undefined;
  /** Since it began, or since it turned round. */
  readonly moved: Moved;
  /** What there is to move, moved already or not; undefined until that was counted. */
  readonly total: Moved | undefined;
  /** Until when the key that was left is kept for downloads that began before; undefined once it is given back. */
  readonly keptUntilMs: number | undefined;
}

/** Type and key as `CreateRepository` takes them; without both the same again, under a new domain key. */
export interface ReencryptionTarget {
  readonly type?: Encryption['type'] | undefined;
  readonly kmsKey?: string | undefined;
}

export interface Reencryptions {
  /**
   * Writes go to the new key from now on, and all that there is follows. With the caller's rights. Throws
   * entity-already-exists while one is under way, entity-limit-exceeded, invalid-parameter, access-denied, and
   * kms-unavailable.
   */
  start(repository: Repository, target: ReencryptionTarget, caller: Caller): Promise<Reencryption>;
  /** Turns it round. Throws no-such-entity when none is under way. */
  cancel(repository: Repository): Promise<Reencryption>;
  /** The latest one; undefined when there was none. */
  find(repository: Repository): Promise<Reencryption | undefined>;
  /**
   * The latest of each repository, and earlier ones while what they left is kept; in no order that says anything.
   * `after` is the last id seen.
   */
  list(registry: RegistryRef, page: PageRequest): Promise<Page<Reencryption>>;
}
