// What users and roles did last: noted in memory on the path of requests, written in batches off it.

import type { Caller } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import type { Need } from '#core/need.ts';
import type { Job } from '#jobs/job.ts';
import { recordUses } from '../access-keys/tables.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { openNotes } from './notes.ts';
import {
  type ActivityRow,
  deleteActivitiesBefore,
  findLastActivity,
  listActivities,
  upsertActivities,
} from './tables.ts';

export interface Activity {
  /** Once for each authenticated call, also one that was refused. Costs two look-ups for one like those before it. */
  note(caller: Caller, needs: readonly Need[]): void;
  /** Writes what this process has noted since the last time. */
  readonly job: Job;
  /** The same; what is asked below does it first. */
  write(): Promise<void>;
  /** The last thing that a user or role did; undefined when nothing is known. */
  last(entityId: string): Promise<ActivityRow | undefined>;
  /** The last use of each action by each of the entities, in the order of the actions. */
  of(entityIds: readonly string[]): Promise<readonly ActivityRow[]>;
}

export function openActivity(store: IamStore): Activity {
  const tables = store.database.tables<IamTables>();
  const notes = openNotes();
  const write = async () => {
    const uses = notes.take();
    if (uses.activities.length === 0 && uses.keyUses.length === 0) return;
    try {
      // Not `change`: no policy depends on it, so that no cache of them needs to go.
      await store.database.transact<IamTables, void>(async (transaction) => {
        await upsertActivities(transaction, uses.activities);
        await recordUses(transaction, uses.keyUses);
        await deleteActivitiesBefore(transaction, store.clock.nowMs() - limits.activityLifeMs);
      });
    } catch (error) {
      notes.giveBack(uses);
      throw error;
    }
  };
  return {
    note: notes.note,
    job: { name: 'write-activity', scope: 'process', intervalMs: limits.activityWriteDelayMs, run: write },
    write,
    async last(entityId) {
      await write();
      return findLastActivity(tables, entityId);
    },
    async of(entityIds) {
      await write();
      return entityIds.length === 0 ? [] : listActivities(tables, entityIds);
    },
  };
}
