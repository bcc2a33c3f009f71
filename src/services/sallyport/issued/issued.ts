// Sessions and registry tokens that were issued: noted in memory as they are made, written in batches off that path.

import { LRUCache } from 'lru-cache';
import type { AccountId } from '#core/account.ts';
import type { Principal } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { SessionIssuer } from '#core/ports/session-issuer.ts';
import type { IssuedProof } from '#core/ports/session-standing.ts';
import type { TokenIssuer } from '#core/ports/token-issuer.ts';
import type { Job } from '#jobs/job.ts';
import type { Database } from '#stores/sql/database.ts';
import {
  deleteExpiredIssued,
  deleteOldestIssued,
  deleteOldestIssuedTo,
  type IssuedRow,
  type IssuedTables,
  insertIssued,
  listIssued,
} from './tables.ts';

/** One that was issued, and what its standing is judged by. */
export interface Issued {
  readonly id: string;
  readonly kind: 'session' | 'registry-token';
  readonly proof: IssuedProof;
  readonly expiresAtMs: number;
}

export interface IssuedList {
  /** The same issuers, but what they issue is noted. */
  noting(issuers: Issuers): Issuers;
  /** What of an account has not expired, the newest first; what this process has noted is written first. */
  list(accountId: AccountId): Promise<readonly Issued[]>;
  /** Writes what was noted since the last time, and removes what has expired. */
  readonly job: Job;
}

export interface Issuers {
  readonly tokens: TokenIssuer;
  readonly sessions: SessionIssuer;
}

export function openIssuedList(database: Database, clock: Clock): IssuedList {
  // Beyond these the oldest are lost from the list: a flood must not fill the memory.
  const waiting = new LRUCache<string, IssuedRow>({ max: limits.issuedWaitingMax });
  let last: Promise<void> = Promise.resolve();
  const write = () => {
    last = last.catch(() => undefined).then(() => writeWaiting(database, clock, waiting));
    return last;
  };
  const note = ({ id, kind, proof, expiresAtMs }: Issued) => {
    const { accountId, principalId } = proof.principal;
    waiting.set(id, {
      account_id: accountId,
      issued_id: id,
      kind,
      principal_id: principalId,
      issued_at_ms: proof.issuedAtMs,
      expires_at_ms: expiresAtMs,
      proof: JSON.stringify(proof),
    });
  };
  return {
    noting: (issuers) => notingIssuers(issuers, note),
    async list(accountId) {
      if (waiting.size > 0) await write();
      const rows = await listIssued(database.tables<IssuedTables>(), accountId, clock.nowMs());
      return rows.map(issuedOf).toSorted((left, right) => right.proof.issuedAtMs - left.proof.issuedAtMs);
    },
    job: { name: 'write-issued', scope: 'process', intervalMs: limits.issuedWriteDelayMs, run: write },
  };
}

function notingIssuers({ tokens, sessions }: Issuers, note: (issued: Issued) => void): Issuers {
  return {
    tokens: {
      ...tokens,
      registryToken(caller, lifeMs, scope) {
        const made = tokens.registryToken(caller, lifeMs, scope);
        const { accessKeyId, call } = caller;
        const { tokenId, issuedAtMs, expiresAtMs } = made;
        const principal = kept(caller.principal);
        const proof = { principal, accessKeyId, issuedAtMs, sourceAddress: call.sourceAddress, tokenId };
        note({ id: tokenId, kind: 'registry-token', proof, expiresAtMs });
        return made;
      },
    },
    sessions: {
      ...sessions,
      issue(asked) {
        const made = sessions.issue(asked);
        const { accessKeyId, expiresAtMs } = made;
        const { issuedAtMs, sourceAddress } = asked.session;
        const principal = kept({ ...asked.principal, session: asked.session });
        note({
          id: accessKeyId,
          kind: 'session',
          proof: { principal, accessKeyId, issuedAtMs, sourceAddress },
          expiresAtMs,
        });
        return made;
      },
    },
  };
}

/** Of a principal only what its standing is judged by: tags and policies of a session are nobody's business here. */
function kept({ kind, accountId, arn, principalId, session }: Principal): Principal {
  const principal = { kind, accountId, arn, principalId };
  if (session === undefined) return principal;
  const { issuedAtMs, expiresAtMs, sourceAddress, role, user, madeWith } = session;
  const times = { issuedAtMs, expiresAtMs, sourceAddress };
  const owners = { ...(role && { role }), ...(user && { user }), ...(madeWith && { madeWith }) };
  return { ...principal, session: { ...times, ...owners } };
}

function issuedOf(row: IssuedRow): Issued {
  return {
    id: row.issued_id,
    kind: row.kind === 'session' ? 'session' : 'registry-token',
    // Only `note` makes these.
    proof: JSON.parse(row.proof) as IssuedProof,
    expiresAtMs: row.expires_at_ms,
  };
}

async function writeWaiting(database: Database, clock: Clock, waiting: LRUCache<string, IssuedRow>): Promise<void> {
  const batch = [...waiting.values()];
  if (batch.length === 0) return;
  const principals = new Set(batch.map((row) => row.principal_id));
  await database.transact<IssuedTables, void>(async (transaction) => {
    await insertIssued(transaction, batch);
    await deleteExpiredIssued(transaction, clock.nowMs());
    for (const id of principals) await deleteOldestIssuedTo(transaction, id, limits.issuedPerPrincipalMax);
    await deleteOldestIssued(transaction, limits.issuedMax);
  });
  for (const row of batch) if (waiting.peek(row.issued_id) === row) waiting.delete(row.issued_id);
}
