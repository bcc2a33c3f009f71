// Closing an account and opening it again: who calls from it is refused, and its content waits for 90 days.

import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { IamStore } from '../iam-store.ts';
import { noSuchEntity } from '../refusals.ts';
import { upsertRevocation } from '../sessions/tables.ts';
import type { IamQueries } from '../tables.ts';
import { type AccountRow, findAccount, listAccounts, updateAccount } from './tables.ts';

export interface StateChange {
  readonly row: AccountRow;
  /** False when it was so already. */
  readonly isChanged: boolean;
}

/**
 * What was issued until now counts no more, not even once the account is open again. Throws no-such-entity, and
 * unmodifiable-entity for the home account.
 */
export function closeAccount(store: IamStore, accountId: AccountId): Promise<StateChange> {
  return store.change(async (transaction) => {
    const row = await requireAccount(transaction, accountId);
    const [home] = await listAccounts(transaction);
    if (home?.account_id === accountId) {
      throw refused(`Account ${accountId} is the home account of the site, which cannot be closed.`);
    }
    if (row.closed_at_ms !== null) return { row, isChanged: false };
    const closed_at_ms = store.clock.nowMs();
    await updateAccount(transaction, accountId, { closed_at_ms });
    const all = { account_id: accountId, kind: 'all', value: '', before_ms: closed_at_ms };
    await upsertRevocation(transaction, { ...all, made_at_ms: closed_at_ms, made_by: 'closing the account' });
    return { row: { ...row, closed_at_ms }, isChanged: true };
  });
}

/** Throws no-such-entity, and unmodifiable-entity once its time is over. */
export function reopenAccount(store: IamStore, accountId: AccountId): Promise<StateChange> {
  return store.change(async (transaction) => {
    const row = await requireAccount(transaction, accountId);
    if (row.closed_at_ms === null) return { row, isChanged: false };
    if (row.removal_began_ms !== null || store.clock.nowMs() >= keptUntilMs(row.closed_at_ms)) {
      const since = new Date(keptUntilMs(row.closed_at_ms)).toISOString();
      throw refused(`Account ${accountId} could be opened again until ${since}; its content is removed.`);
    }
    await updateAccount(transaction, accountId, { closed_at_ms: null });
    return { row: { ...row, closed_at_ms: null }, isChanged: true };
  });
}

export function keptUntilMs(closedAtMs: number): number {
  return closedAtMs + limits.closedAccountKeptMs;
}

async function requireAccount(tables: IamQueries, accountId: AccountId): Promise<AccountRow> {
  const row = await findAccount(tables, accountId);
  if (row === undefined) throw noSuchEntity(`The account ${accountId}`);
  return row;
}

function refused(message: string): DomainError {
  return new DomainError('unmodifiable-entity', message, {});
}
