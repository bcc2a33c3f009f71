// Notes of calls in the memory of one process: made on the path of every request, so that a call that is like one noted
// a moment ago costs two look-ups and no more.

import type { Caller, Principal } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import type { Need } from '#core/need.ts';
import type { AccessKeyUseRow } from '../access-keys/tables.ts';
import type { ActivityRow } from './tables.ts';

export interface Notes {
  /** Once for each authenticated call, also one that was refused. */
  note(caller: Caller, needs: readonly Need[]): void;
  /** What was noted since the last time. */
  take(): NotedUses;
  /** Puts back what could not be written. */
  giveBack(uses: NotedUses): void;
}

export interface NotedUses {
  readonly activities: readonly ActivityRow[];
  readonly keyUses: readonly AccessKeyUseRow[];
}

export function openNotes(): Notes {
  /** What this window has noted: access key → action → region. */
  const seen = new Map<string, Map<string, string>>();
  const activities = new Map<string, ActivityRow>();
  const keyUses = new Map<string, AccessKeyUseRow>();
  let window = -1;
  const add = (caller: Caller, action: string) => {
    const { accessKeyId, region, call } = caller;
    const used_at_ms = call.receivedAtMs;
    const entity_id = entityOf(caller.principal);
    if (entity_id !== undefined) {
      put(activities, `${entity_id} ${action}`, { entity_id, action, used_at_ms, region });
    }
    // Of long-term keys; of sessions their users and roles are told.
    if (accessKeyId.startsWith('AKIA')) {
      const service = action.slice(0, action.indexOf(':'));
      put(keyUses, accessKeyId, { access_key_id: accessKeyId, used_at_ms, service, region });
    }
  };
  return {
    note(caller, needs) {
      const now = Math.floor(caller.call.receivedAtMs / limits.activityWindowMs);
      if (now !== window || seen.size >= limits.activityNotesMax) {
        window = now;
        seen.clear();
      }
      let actions = seen.get(caller.accessKeyId);
      if (actions === undefined) {
        actions = new Map();
        seen.set(caller.accessKeyId, actions);
      }
      for (const { action } of needs) {
        if (actions.get(action) === caller.region) continue;
        actions.set(action, caller.region);
        add(caller, action);
      }
    },
    take() {
      const uses = { activities: [...activities.values()], keyUses: [...keyUses.values()] };
      activities.clear();
      keyUses.clear();
      return uses;
    },
    giveBack(uses) {
      for (const row of uses.activities) {
        const key = `${row.entity_id} ${row.action}`;
        if (!activities.has(key)) put(activities, key, row);
      }
      for (const row of uses.keyUses) if (!keyUses.has(row.access_key_id)) put(keyUses, row.access_key_id, row);
    },
  };
}

/** Beyond the bound new ones are lost: whoever has thousands of keys must not fill the memory. */
function put<Row>(rows: Map<string, Row>, key: string, row: Row): void {
  if (rows.size < limits.activityNotesMax || rows.has(key)) rows.set(key, row);
}

/** Whose activity it is: a session's is its user's or role's, and root's its account's. */
function entityOf({ kind, accountId, principalId, session }: Principal): string | undefined {
  if (kind === 'root') return accountId;
  if (kind === 'user') return principalId;
  if (kind === 'federated-user') return session?.user?.userId;
  if (kind !== 'assumed-role') return undefined;
  return session?.role?.roleId ?? principalId.split(':')[0];
}
