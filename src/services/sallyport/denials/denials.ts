// Denials by request id: noted in memory on the path of the request, explained and written in batches off it, and kept
// for a while: the newest of the site, of no principal more than its share.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { DeniedNeed, NoteDenial } from '#access/trace/denied-need.ts';
import { type AccountId, globalRegion } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Job } from '#jobs/job.ts';
import { nextTurn } from '#std/next-turn.ts';
import type { Database } from '#stores/sql/database.ts';
import { type DenialOfAccount, type ExplainedDenial, explainDenied } from './explained-denial.ts';
import {
  type DenialRow,
  type DenialTables,
  deleteDenialsBefore,
  deleteOldestDenials,
  deleteOldestOfPrincipal,
  findDenial,
  insertDenials,
} from './tables.ts';

export interface DenialsOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  /** False for an account that is not of this site: nobody could look at its side. */
  readonly hasAccount: (accountId: string) => Promise<boolean>;
}

export interface Denials {
  readonly note: NoteDenial;
  /** What an account may know of a denial; what this process has noted is written first. */
  find(accountId: AccountId, requestId: string): Promise<ExplainedDenial | undefined>;
  /** Writes what was noted since the last time. */
  readonly job: Job;
}

/** Explaining takes a fraction of a millisecond each: between so many others get their turn. */
const perTurn = 10;

export function openDenials(options: DenialsOptions): Denials {
  // Beyond these the oldest are lost: a flood of denials must not fill the memory.
  const waiting = new LRUCache<string, DeniedNeed>({ max: limits.denialsWaitingMax });
  // Of one principal no more are taken until the next writing: it loses its own, not those of others.
  const perPrincipal = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();
  /** One at a time, each taking what was noted until it begins. */
  const write = () => {
    last = last
      .catch(() => undefined)
      .then(() => {
        perPrincipal.clear();
        return writeWaiting(options, waiting);
      });
    return last;
  };
  return {
    note(denied) {
      const { principal, call } = denied.caller;
      const count = (perPrincipal.get(principal.principalId) ?? 0) + 1;
      if (count > limits.denialsPerPrincipalWaitingMax) return;
      perPrincipal.set(principal.principalId, count);
      waiting.set(call.requestId, denied);
    },
    async find(accountId, requestId) {
      if (waiting.size > 0) await write();
      const row = await findDenial(options.database.tables<DenialTables>(), accountId, requestId);
      return row && openBody(options, row);
    },
    job: { name: 'write-denials', scope: 'process', intervalMs: limits.denialWriteDelayMs, run: write },
  };
}

async function writeWaiting(options: DenialsOptions, waiting: LRUCache<string, DeniedNeed>): Promise<void> {
  const batch = [...waiting.entries()];
  if (batch.length === 0) return;
  const { database, clock } = options;
  const rows: DenialRow[] = [];
  const isKept = oncePerAccount(options.hasAccount);
  for (const [index, [, denied]] of batch.entries()) {
    if (index % perTurn === perTurn - 1) await nextTurn();
    for (const seen of explainDenied(denied)) {
      if (await isKept(seen.accountId)) rows.push(await sealed(options, denied, seen));
    }
  }
  const principals = new Set(rows.map((row) => row.principal_id));
  await database.transact<DenialTables, void>(async (transaction) => {
    await insertDenials(transaction, rows);
    await deleteDenialsBefore(transaction, clock.nowMs() - limits.denialLifeMs);
    for (const id of principals) await deleteOldestOfPrincipal(transaction, id, limits.denialsPerPrincipalMax);
    await deleteOldestDenials(transaction, limits.denialsMax);
  });
  for (const [key, denied] of batch) if (waiting.peek(key) === denied) waiting.delete(key);
}

function oncePerAccount(hasAccount: DenialsOptions['hasAccount']): DenialsOptions['hasAccount'] {
  const known = new Map<string, Promise<boolean>>();
  return (accountId) => {
    const found = known.get(accountId) ?? hasAccount(accountId);
    known.set(accountId, found);
    return found;
  };
}

async function sealed(options: DenialsOptions, denied: DeniedNeed, seen: DenialOfAccount): Promise<DenialRow> {
  const { accountId, denial } = seen;
  const { requestId } = denial;
  const domain = await domainOf(options, accountId);
  const context = contextOf(accountId, requestId);
  const body = await options.keyRing.seal(domain, context, deflateRawSync(JSON.stringify(denial)));
  const { principalId } = denied.caller.principal;
  return {
    account_id: accountId,
    request_id: requestId,
    principal_id: principalId,
    denied_at_ms: denied.deniedAtMs,
    body,
  };
}

/** Throws when it was changed, or stands in another's place. */
export async function openBody(options: Pick<DenialsOptions, 'keyRing'>, row: DenialRow): Promise<ExplainedDenial> {
  const domain = await domainOf(options, row.account_id);
  const body = await options.keyRing.open(domain, contextOf(row.account_id, row.request_id), row.body);
  // Only `sealed` makes these, and the seal shows that it did.
  return JSON.parse(inflateRawSync(body).toString('utf8')) as ExplainedDenial;
}

function domainOf({ keyRing }: Pick<DenialsOptions, 'keyRing'>, accountId: string) {
  return keyRing.domainOf({ accountId: accountId as AccountId, region: globalRegion });
}

function contextOf(accountId: string, requestId: string): string {
  return `denial ${accountId} ${requestId}`;
}
