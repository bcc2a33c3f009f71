// When images were last pulled: noted in memory on the hot path, written in batches, once a day and image at most.

import { LRUCache } from 'lru-cache';
import type { Clock } from '#core/clock.ts';
import type { Digest } from '#core/digest.ts';
import type { Job } from '#jobs/job.ts';
import type { Database } from '#stores/sql/database.ts';
import type { ImageTables } from '../tables.ts';
import { type PullTime, writePullTimes } from './tables.ts';

export interface PullTimes {
  /** Costs one look-up when the image was noted less than a day ago. */
  note(repositoryId: number, digest: Digest): void;
  /** A time that is noted but not written yet. */
  noted(repositoryId: number, digest: Digest): number | undefined;
  /** Writes what was noted since the last time. */
  readonly job: Job;
}

/** `lastRecordedPullTime` is refreshed once in this time (ecr-api.md §14). */
const resolutionMs = 24 * 3600 * 1000;
const writeIntervalMs = 10_000;
/** Pulls that nobody wrote yet; beyond it the oldest are lost, which a later pull mends. */
const waitingMax = 50_000;
const rowsPerTransaction = 500;

export function openPullTimes(database: Database, clock: Clock): PullTimes {
  const known = new LRUCache<string, PullTime>({ max: waitingMax });
  const waiting = new LRUCache<string, PullTime>({ max: waitingMax });
  return {
    note(repositoryId, digest) {
      const key = `${repositoryId}/${digest}`;
      const atMs = clock.nowMs();
      const last = known.get(key);
      if (last !== undefined && atMs - last.atMs < resolutionMs) return;
      const time = { repositoryId, digest, atMs };
      known.set(key, time);
      waiting.set(key, time);
    },
    noted: (repositoryId, digest) => waiting.peek(`${repositoryId}/${digest}`)?.atMs,
    job: {
      name: 'write-pull-times',
      scope: 'process',
      intervalMs: writeIntervalMs,
      run: () => write(database, waiting),
    },
  };
}

async function write(database: Database, waiting: LRUCache<string, PullTime>): Promise<void> {
  const entries = [...waiting.entries()];
  for (let start = 0; start < entries.length; start += rowsPerTransaction) {
    const batch = entries.slice(start, start + rowsPerTransaction);
    const times = batch.map(([, time]) => time);
    await database.transact<ImageTables, void>((transaction) => writePullTimes(transaction, times, resolutionMs));
    for (const [key, time] of batch) if (waiting.peek(key) === time) waiting.delete(key);
  }
}
