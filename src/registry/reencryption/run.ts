// One pass over all moves that are under way, and over slots that were left: what a job does again and again.

import { DomainError, isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { DomainChangedError } from '../encryption/current-domain.ts';
import type { Repository } from '../registry.ts';
import { repositoryOf } from '../repositories/repository-row.ts';
import { findRepositoryById, type RepositoryTables } from '../repositories/tables.ts';
import { type Move, type MoveRooms, TurnOverError } from './content/move.ts';
import { moveImages } from './content/move-images.ts';
import { countLayers, moveLayers } from './content/move-layers.ts';
import { moveUploads } from './content/move-uploads.ts';
import { openPace } from './pace.ts';
import { reencryptionOf } from './reencryption-view.ts';
import type { Reencryption } from './reencryptions.ts';
import {
  findLatest,
  findRetiring,
  findUnderWay,
  type ReencryptionRow,
  type ReencryptionTables,
  updateReencryption,
} from './tables.ts';
import { endMove } from './turn-round.ts';

/** How what happens by itself is told of: each runs the deed that it is given. */
export interface ReencryptionRecords {
  ended(repository: Repository, end: () => Promise<Reencryption | undefined>): Promise<void>;
  paused(repository: Repository, move: Reencryption, reason: string, pause: () => Promise<void>): Promise<void>;
  /** What nobody foresaw, for who runs the site: it is tried again, and others go on. */
  failed(repository: Repository, error: unknown): void;
}

export interface RunOptions extends MoveRooms {
  readonly forgetRepository: (repository: Repository) => void;
}

export type RunReencryptions = (signal: AbortSignal, records: ReencryptionRecords) => Promise<void>;

/** What stands in the way of a move. */
type Obstacle = 'refusal' | 'damage' | 'fault';

interface Wait {
  readonly untilMs: number;
  readonly ms: number;
}

/** Of what stands in the way of a move in this process: how long it waits until it tries again. */
type Waits = Map<string, Wait>;

export function openReencryptionRuns(options: RunOptions): RunReencryptions {
  const waits: Waits = new Map();
  return async (signal, records) => {
    for (let isMore = true; isMore && !signal.aborted; ) {
      isMore = await giveTurns(options, waits, signal, records);
      if (!signal.aborted) await retire(options);
    }
  };
}

/** To each that does not wait; true when one of them has more to do. */
async function giveTurns(
  { database, ...options }: RunOptions,
  waits: Waits,
  signal: AbortSignal,
  records: ReencryptionRecords,
): Promise<boolean> {
  const { clock } = options;
  const rows = await findUnderWay(database.tables<ReencryptionTables>());
  let isMore = false;
  for (const row of rows) {
    const wait = waits.get(row.reencryption_id);
    if (wait !== undefined && clock.monotonicMs() < wait.untilMs) continue;
    if (signal.aborted) return false;
    const outcome = await workOn({ ...options, database }, row, signal, records);
    isMore ||= outcome === 'more';
    if (outcome === 'more' || outcome === undefined) waits.delete(row.reencryption_id);
    else waits.set(row.reencryption_id, nextWait(wait, outcome, clock.monotonicMs()));
  }
  const ids = new Set(rows.map((row) => row.reencryption_id));
  for (const id of waits.keys()) if (!ids.has(id)) waits.delete(id);
  return isMore;
}

function nextWait(wait: Wait | undefined, obstacle: Obstacle, nowMs: number): Wait {
  const { reencryptionRetryMsMin: first } = limits;
  const last = obstacle === 'damage' ? limits.reencryptionDamagedRetryMsMax : limits.reencryptionRetryMsMax;
  const ms = Math.min(wait === undefined ? first : 2 * wait.ms, last);
  return { ms, untilMs: nowMs + ms };
}

/** What stands in its way, or that its turn was over before it had come to its end. */
async function workOn(
  options: RunOptions,
  row: ReencryptionRow,
  signal: AbortSignal,
  records: ReencryptionRecords,
): Promise<Obstacle | 'more' | undefined> {
  const found = await findRepositoryById(options.database.tables<RepositoryTables>(), row.repository_id);
  if (found === undefined) return undefined;
  const { moving, ...repository } = repositoryOf(found);
  if (moving === undefined) return undefined;
  const move: Move = {
    ...options,
    ...{ row, repository: { ...repository, moving }, signal, pace: openPace(options.clock) },
    turnUntilMs: options.clock.monotonicMs() + limits.reencryptionTurnMs,
    stuck: { count: 0, first: '' },
  };
  try {
    await count(move, found.image_count);
    await moveImages(move);
    await moveLayers(move);
    await moveUploads(move);
    const { count: stuck, first } = move.stuck;
    if (stuck === 0) {
      await end(options, move, records);
      return undefined;
    }
    const more = stuck === 1 ? '' : `; and ${stuck - 1} more`;
    await pause(options, move, records, `What is damaged cannot be moved: ${first}${more}`);
    return 'damage';
  } catch (error) {
    // A process that stops, or a move that turned round: there is nothing to tell, the next pass goes on.
    if (signal.aborted || error instanceof DomainChangedError) return undefined;
    if (error instanceof TurnOverError) return 'more';
    const reason = reasonOf(error);
    if (reason === undefined) records.failed(repository, error);
    await pause(options, move, records, reason ?? unforeseen);
    return reason === undefined ? 'fault' : 'refusal';
  }
}

async function count(move: Move, images: number): Promise<void> {
  const { row } = move;
  const left = await countLayers(move);
  await move.database.transact<ReencryptionTables, unknown>((transaction) =>
    updateReencryption(transaction, row, {
      images_total: images,
      layers_total: row.layers_moved + left.layers,
      bytes_total: row.bytes_moved + left.bytes,
    }),
  );
}

/** Uploads that came meanwhile are the next pass's. */
async function end(options: RunOptions, move: Move, records: ReencryptionRecords): Promise<void> {
  await records.ended(move.repository, async () => {
    if (!(await endMove(options, move, options.layers.graceMs))) return undefined;
    const row = await findLatest(options.database.tables<ReencryptionTables>(), move.repository.id);
    return row && reencryptionOf(row, move.repository.name);
  });
}

async function pause(
  { database }: RunOptions,
  { row, repository }: Move,
  records: ReencryptionRecords,
  reason: string,
): Promise<void> {
  const write = () =>
    database.transact<ReencryptionTables, void>(async (transaction) => {
      await updateReencryption(transaction, row, { paused_reason: reason });
    });
  // Something may have moved before it stood in the way again: that is no news.
  if (row.paused_reason === reason) await write();
  else await records.paused(repository, reencryptionOf(row, repository.name), reason, write);
}

const unforeseen = 'Something that nobody foresaw stands in its way: the log of the server says what.';

/** Undefined for what nobody foresaw. */
function reasonOf(error: unknown): string | undefined {
  if (isKind(error, 'kms-unavailable')) return `${error.details.kmsError}: ${error.message}`;
  return error instanceof DomainError && error.kind === 'storage-unavailable' ? error.message : undefined;
}

/** What cannot be given back now is tried again later. */
async function retire({ database, repositoryKeys: keys, clock }: RunOptions): Promise<void> {
  for (const row of await findRetiring(database.tables<ReencryptionTables>(), clock.nowMs())) {
    const isGone = row.retiring_slot === null || (await keys.retire(row.retiring_slot));
    const later = { retire_at_ms: clock.nowMs() + limits.reencryptionRetryMsMax };
    const change = isGone ? { retiring_slot: null, retire_at_ms: null } : later;
    await database.transact<ReencryptionTables, unknown>((transaction) => updateReencryption(transaction, row, change));
  }
}
