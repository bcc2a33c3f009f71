// A move under way: which repository, what it works with, and how each of its steps is one transaction.

import type { Clock } from '#core/clock.ts';
import type { Digest } from '#core/digest.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys, UsedObject } from '#core/ports/repository-keys.ts';
import type { Random } from '#core/random.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { whenAdmitted } from '../../encryption/admitted.ts';
import { DomainChangedError } from '../../encryption/current-domain.ts';
import type { OpenLayers } from '../../layers/open-layers.ts';
import { findDomains, type LayerTables } from '../../layers/tables.ts';
import type { Repository, RepositoryMove } from '../../registry.ts';
import type { Pace } from '../pace.ts';
import { addMoved, type MovedColumns, type ReencryptionRow, type ReencryptionTables } from '../tables.ts';
import type { MovingTables, MovingTransaction } from './tables.ts';

export interface MoveRooms {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly keyRing: KeyRing;
  readonly repositoryKeys: RepositoryKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly layers: OpenLayers;
  readonly forgetManifest: (repositoryId: number, digest: Digest) => void;
}

export interface Move extends MoveRooms {
  readonly row: ReencryptionRow;
  /** As the move found it: its key domain is where everything goes. */
  readonly repository: Repository & { readonly moving: RepositoryMove };
  readonly signal: AbortSignal;
  readonly pace: Pace;
  /** By the monotonic clock. */
  readonly turnUntilMs: number;
  /** What could not be moved: how many, and a sentence about the first; the rest is moved nevertheless. */
  readonly stuck: { count: number; first: string };
}

/** Thrown between two pieces: other repositories are to be moved too, and this one goes on after them. */
export class TurnOverError extends Error {}

/** To be called after each piece, so that each turn moves one at least. Throws TurnOverError. */
export function shareTurn({ clock, turnUntilMs }: Move): void {
  if (clock.monotonicMs() >= turnUntilMs) throw new TurnOverError('other repositories are to be moved too');
}

/** What a step adds to what was moved. */
export type Step = Partial<MovedColumns>;

/** Between two looks: lets others run, and throws once the process is to stop. */
export async function nextLook(move: Move): Promise<void> {
  await move.pace();
  move.signal.throwIfAborted();
}

/**
 * Before each piece of what is moved: also throws when a key may not be used. Not before, so that a move ends whose
 * last content under a key that is gone was deleted. `object` is what the work is on, for the record.
 */
export async function nextPiece(move: Move, object?: UsedObject): Promise<void> {
  await nextLook(move);
  const { repositoryKeys: keys, repository } = move;
  const write = () => whenAdmitted(keys, repository, 'write', () => undefined, object);
  await whenAdmitted(keys, repository.moving, 'read', write, object);
}

/**
 * One transaction that moves something, as long as the move goes where it went when it was read: else it throws
 * DomainChangedError, and nothing is changed. `forget` is called as `changing` does.
 */
export function moveInTransaction(
  { database, repository, row }: Move,
  work: (transaction: MovingTransaction) => Promise<Step>,
  forget: () => void,
): Promise<Step> {
  return changing<MovingTables, Step>(
    database,
    async (transaction) => {
      const domains = await findDomains(transaction.$pickTables<keyof LayerTables>(), repository.id);
      if (domains?.key_domain !== repository.keyDomain) throw new DomainChangedError();
      const moved = await work(transaction);
      const columns = { images_moved: 0, layers_moved: 0, bytes_moved: 0, ...moved };
      const moves = transaction.$pickTables<keyof ReencryptionTables>();
      if (!(await addMoved(moves, row, columns))) throw new DomainChangedError();
      return moved;
    },
    forget,
  );
}

/** Damage of one thing keeps that one where it is; what says nothing about it ends the pass. */
export function noteStuck({ stuck }: Move, subject: string, error: unknown): void {
  stuck.count += 1;
  if (stuck.count === 1) stuck.first = `${subject}: ${error instanceof Error ? error.message : String(error)}`;
}
