// Whether somebody who signs in knows the password: as slow for users who are not there, and slower after each failure.

import type { AccountId } from '#core/account.ts';
import { growingDelayMs, sourceOf } from '#core/growing-delay.ts';
import { limits } from '#core/limits.ts';
import type { ClosedAccounts } from '../accounts/closed-accounts.ts';
import { findEntity } from '../entities/find.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { openHash, policyOf } from './kept-password.ts';
import { hashPassword, isPassword } from './password-hash.ts';
import { expiresAtMs } from './password-policy.ts';
import {
  deleteFailures,
  deleteFailuresBefore,
  deleteFailuresBeyond,
  findFailures,
  findProfile,
  putFailure,
  type SignInFailureRow,
} from './tables.ts';

export interface SignIn {
  readonly accountId: AccountId;
  readonly userName: string;
  readonly password: string;
  readonly sourceAddress: string;
}

/** `change` and `expired` are right passwords that must be replaced first, `expired` by an administrator. */
export type SignInVerdict =
  | { readonly kind: 'right' | 'change' | 'expired'; readonly userId: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly forMs: number };

export type CheckPassword = (attempt: SignIn) => Promise<SignInVerdict>;

/**
 * Failures are counted for the user as tried from this address, and for the address with more patience, as many people
 * may share it: who guesses from elsewhere keeps nobody out. Who must wait is told how long before anything is hashed.
 */
export function openCheckPassword(store: IamStore, closed: ClosedAccounts): CheckPassword {
  const tables = store.database.tables<IamTables>();
  // Looked at for users without a password, so that they take as long to refuse.
  let nobody: Promise<string> | undefined;
  return async ({ accountId, userName, password, sourceAddress }) => {
    const source = sourceOf(sourceAddress);
    const subjects = [`address ${source}`, `user ${accountId}/${userName.toLowerCase()} ${source}`];
    const forMs = await waitOf(store, subjects);
    if (forMs > 0) return { kind: 'wait', forMs };
    // Counted before it is known to be wrong: of many tries at once each is slower than the one before.
    await countFailure(store, subjects);
    nobody ??= hashPassword(store.random.bytes(16).toString('hex'), store.random);
    const nobodys = await nobody;
    // Of a closed account nobody is there.
    const find = () => findEntity(tables, { kind: 'user', accountId, name: userName });
    const user = await closed.unless(accountId, undefined, find);
    const row = user && (await findProfile(tables, user.id));
    const hash = user === undefined || row === undefined ? nobodys : await openHash(store, user, row.hash);
    const isRight = await isPassword(password, hash);
    if (!isRight || user === undefined || row === undefined) return { kind: 'wrong' };
    await store.database.transact<IamTables, void>((transaction) => deleteFailures(transaction, subjects));
    const policy = await policyOf(tables, accountId);
    const expiry = expiresAtMs(policy, row.changed_at_ms) ?? Number.POSITIVE_INFINITY;
    const isExpired = store.clock.nowMs() >= expiry;
    if (isExpired && policy?.HardExpiry === true) return { kind: 'expired', userId: user.id };
    return { kind: isExpired || row.reset_required === 1 ? 'change' : 'right', userId: user.id };
  };
}

const common = { delayMsMin: limits.signInDelayMsMin, delayMsMax: limits.signInDelayMsMax };
const ofAddress = { ...common, free: limits.signInFailuresOfAddressFree };
const ofUser = { ...common, free: limits.signInFailuresFree };

function delayMs({ subject, failures }: SignInFailureRow): number {
  return growingDelayMs(failures, subject.startsWith('address ') ? ofAddress : ofUser);
}

async function waitOf(store: IamStore, subjects: readonly string[]): Promise<number> {
  const rows = await findFailures(store.database.tables<IamTables>(), subjects);
  const nowMs = store.clock.nowMs();
  return Math.max(0, ...rows.map((row) => row.failed_at_ms + delayMs(row) - nowMs));
}

function countFailure(store: IamStore, subjects: readonly string[]): Promise<void> {
  const nowMs = store.clock.nowMs();
  return store.database.transact<IamTables, void>(async (transaction) => {
    await deleteFailuresBefore(transaction, nowMs - limits.signInFailureLifeMs);
    for (const subject of subjects) await putFailure(transaction, subject, nowMs);
    await deleteFailuresBeyond(transaction, limits.signInFailuresKeptMax);
  });
}
