// Turning a move round, and its end whichever way it went: each is one transaction over the repository's row.

import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { DomainChangedError } from '../encryption/current-domain.ts';
import type { Repository } from '../registry.ts';
import { findRepositoryById, type RepositoryTables, updateRepository } from '../repositories/tables.ts';
import type { Move } from './content/move.ts';
import { foreignUploadParts, type MovingTables, type MovingTransaction } from './content/tables.ts';
import { findLatest, type ReencryptionRow, type ReencryptionTables, updateReencryption } from './tables.ts';

interface TurnOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly forgetRepository: (repository: Repository) => void;
}

/** Writes go back to the old key from now on, and what was moved follows. Idempotent. Throws no-such-entity. */
export function turnRound(
  { database, forgetRepository }: TurnOptions,
  repository: Repository,
): Promise<ReencryptionRow> {
  return changing<ReencryptionTables, ReencryptionRow>(
    database,
    async (transaction) => {
      const row = await findLatest(transaction, repository.id);
      if (row?.state === 'CANCELLING') return row;
      if (row?.state !== 'RUNNING') throw noneUnderWay(repository);
      const change = {
        state: 'CANCELLING',
        paused_reason: null,
        ...{ images_moved: 0, layers_moved: 0, bytes_moved: 0 },
        ...{ images_total: null, layers_total: null, bytes_total: null },
      } as const;
      await updateReencryption(transaction, row, change);
      await updateRepository(transaction.$pickTables<keyof RepositoryTables>(), repository.id, {
        key_domain: row.from_domain,
        key_slot: row.from_slot,
        other_domain: row.to_domain,
        other_slot: row.to_slot,
      });
      return { ...row, ...change };
    },
    () => forgetRepository(repository),
  );
}

/**
 * Once everything has been moved: the repository has one domain again, and is told of as what it went to. False when a
 * request that began before the move has left something in the other domain meanwhile. The slot that was left stays for
 * `keptMs`, as readers may still be under way. Throws DomainChangedError when the move has turned round.
 */
export function endMove(
  { database, clock, forgetRepository }: TurnOptions,
  { row, repository }: Pick<Move, 'row' | 'repository'>,
  keptMs: number,
): Promise<boolean> {
  return changing<MovingTables, boolean>(
    database,
    async (transaction) => {
      const repositories = transaction.$pickTables<keyof RepositoryTables>();
      const current = await findRepositoryById(repositories, repository.id);
      if (current?.key_domain !== repository.keyDomain) throw new DomainChangedError();
      if ((await foreignUploadParts(transaction, repository.id, repository.keyDomain, 1)).length > 0) return false;
      const isBack = row.state === 'CANCELLING';
      const described = isBack ? {} : { encryption_type: row.to_type, kms_key: row.to_key };
      const alone = { other_domain: null, other_slot: null, unnamed_domain: null };
      await updateRepository(repositories, repository.id, { ...described, ...alone });
      await end(transaction, row, isBack ? row.to_slot : row.from_slot, clock.nowMs(), keptMs);
      return true;
    },
    () => forgetRepository(repository),
  );
}

async function end(
  transaction: MovingTransaction,
  row: ReencryptionRow,
  left: string | null,
  nowMs: number,
  keptMs: number,
): Promise<void> {
  const moves = transaction.$pickTables<keyof ReencryptionTables>();
  const isEnded = await updateReencryption(moves, row, {
    state: row.state === 'CANCELLING' ? 'CANCELLED' : 'COMPLETE',
    finished_at_ms: nowMs,
    paused_reason: null,
    retiring_slot: left,
    retire_at_ms: nowMs + keptMs,
  });
  if (!isEnded) throw new DomainChangedError();
}

function noneUnderWay({ name }: Repository): DomainError<'no-such-entity'> {
  return new DomainError('no-such-entity', `The repository '${name}' is not being moved to another key.`, {});
}
