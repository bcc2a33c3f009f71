// What was revoked: one list an account, looked through in memory at every call that brings an issued proof.

import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { RevocationKind, SessionRevoker } from '#core/ports/session-revoker.ts';
import type { IssuedProof } from '#core/ports/session-standing.ts';
import { type AddressRange, isInRange, parseAddress, parseRange } from '#std/ip-addresses.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import {
  deleteRevocationsBefore,
  hasRevocationsBefore,
  listRevocations,
  type SessionRevocationRow,
  upsertRevocation,
} from './tables.ts';

export interface Revocations extends SessionRevoker {
  /** Removes those that are older than anything that could still live. */
  removeSpent(): Promise<void>;
  /** The latest first. */
  list(accountId: AccountId): Promise<readonly SessionRevocationRow[]>;
}

/** Nothing that is issued lives longer; a registry token never outlives its session. */
const longestLifeMs = limits.sessionSecondsMax * 1000;

export function openRevocations(store: IamStore): Revocations {
  return {
    async revoke(accountId, { kind, value, beforeMs, madeBy }) {
      requireValue(kind, value);
      const nowMs = store.clock.nowMs();
      const before_ms = beforeMs ?? nowMs;
      const row = { account_id: accountId, kind, value, before_ms, made_at_ms: nowMs, made_by: madeBy };
      await store.change((transaction) => upsertRevocation(transaction, row));
      return row;
    },
    async removeSpent() {
      const beforeMs = store.clock.nowMs() - longestLifeMs;
      if (!(await hasRevocationsBefore(store.database.tables<IamTables>(), beforeMs))) return;
      await store.change((transaction) => deleteRevocationsBefore(transaction, beforeMs));
    },
    list: (accountId) => listRevocations(store.database.tables<IamTables>(), accountId),
  };
}

const valueOf: Readonly<Record<RevocationKind, { test(value: string): boolean }>> = {
  principal: /^(AIDA|AROA)[A-Z0-9]{1,128}(:[\w+=,.@-]{2,64})?$|^\d{12}(:[\w+=,.@-]{2,64})?$/,
  key: /^(AKIA|ASIA)[A-Z2-7]{16}$/,
  session: /^[\w-]{1,128}$/,
  source: { test: (value) => parseRange(value) !== undefined },
  all: /^$/,
};

function requireValue(kind: RevocationKind, value: string): void {
  if (valueOf[kind].test(value)) return;
  throw new DomainError('invalid-input', `'${value}' names no ${kind} whose sessions could be revoked.`, {});
}

/** Why a proof is revoked, for the log; undefined when it is not. */
export type RevocationTest = (proof: IssuedProof) => string | undefined;

/** The revocations of one account, ready to be asked. */
export function revocationTest(rows: readonly SessionRevocationRow[]): RevocationTest {
  if (rows.length === 0) return () => undefined;
  const beforeMs = new Map(rows.map(({ kind, value, before_ms }) => [`${kind} ${value}`, before_ms]));
  const sources = rows.flatMap(({ kind, value, before_ms }) => {
    const range = kind === 'source' ? parseRange(value) : undefined;
    return range === undefined ? [] : [{ range, value, beforeMs: before_ms }];
  });
  return (proof) => {
    for (const name of namesOf(proof)) {
      if (proof.issuedAtMs <= (beforeMs.get(name) ?? Number.NEGATIVE_INFINITY)) return `revoked by ${name.trim()}`;
    }
    const source = sources.find((one) => proof.issuedAtMs <= one.beforeMs && isFrom(proof.sourceAddress, one.range));
    return source && `revoked by source ${source.value}`;
  };
}

/** Every name under which a proof can have been revoked. */
function* namesOf({ principal, accessKeyId, tokenId }: IssuedProof): Iterable<string> {
  const { session } = principal;
  yield 'all ';
  yield `principal ${principal.principalId}`;
  if (session?.role !== undefined) yield `principal ${session.role.roleId}`;
  if (session?.user !== undefined) yield `principal ${session.user.userId}`;
  yield `key ${accessKeyId}`;
  for (const key of session?.madeWith ?? []) yield `key ${key}`;
  yield `session ${accessKeyId}`;
  if (tokenId !== undefined) yield `session ${tokenId}`;
}

function isFrom(sourceAddress: string, range: AddressRange): boolean {
  const address = parseAddress(sourceAddress);
  return address !== undefined && isInRange(address, range);
}
