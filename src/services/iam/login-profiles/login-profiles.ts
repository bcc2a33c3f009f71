// Login profiles: passwords of users, under the account's password policy. Hashing happens before transactions begin.

import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { requireEntity } from '../entities/find.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { alreadyExists, noSuchEntity } from '../refusals.ts';
import type { IamQueries, IamTables, IamTransaction } from '../tables.ts';
import { contextOf, openHash, policyOf } from './kept-password.ts';
import { hashPassword, isPassword } from './password-hash.ts';
import { type PasswordPolicy, requireConforming, violation } from './password-policy.ts';
import type { CheckPassword } from './sign-in.ts';
import * as rows from './tables.ts';

export interface NewPassword {
  readonly accountId: AccountId;
  readonly userName: string;
  readonly password: string;
  readonly resetRequired: boolean;
}

export interface LoginProfile {
  readonly userName: string;
  readonly createdAtMs: number;
  readonly resetRequired: boolean;
}

export interface LoginProfiles {
  create(password: NewPassword): Promise<LoginProfile>;
  get(accountId: AccountId, userName: string): Promise<LoginProfile>;
  update(
    accountId: AccountId,
    userName: string,
    change: { readonly password?: string | undefined; readonly resetRequired?: boolean | undefined },
  ): Promise<void>;
  remove(accountId: AccountId, userName: string): Promise<void>;
  /** A user's own change, with the password of now. */
  changeOwn(change: OwnChange): Promise<void>;
  policy(accountId: AccountId): Promise<PasswordPolicy | undefined>;
  setPolicy(accountId: AccountId, policy: PasswordPolicy): Promise<void>;
  /** Throws no-such-entity. */
  removePolicy(accountId: AccountId): Promise<void>;
}

export function openLoginProfiles(store: IamStore, check: CheckPassword): LoginProfiles {
  const tables = store.database.tables<IamTables>();
  return {
    create: (password) => createProfile(store, password),
    async get(accountId, userName) {
      const { id, name } = await userOf(tables, accountId, userName);
      return viewOf(name, await requireProfile(tables, id, name));
    },
    async update(accountId, userName, { password, resetRequired }) {
      const user = await userOf(tables, accountId, userName);
      await requireProfile(tables, user.id, user.name);
      const hash = password === undefined ? undefined : await newHash(store, user, password);
      await store.database.transact<IamTables, void>(async (transaction) => {
        await requireProfile(transaction, user.id, user.name);
        if (hash !== undefined) await setHash(store, transaction, user.id, hash);
        if (resetRequired !== undefined) {
          await rows.updateProfile(transaction, user.id, { reset_required: Number(resetRequired) });
        }
      });
    },
    remove: (accountId, userName) =>
      store.change(async (transaction) => {
        const { id, name } = await userOf(transaction, accountId, userName);
        await requireProfile(transaction, id, name);
        await rows.deleteProfile(transaction, id);
      }),
    changeOwn: (change) => changeOwn(store, check, change),
    policy: (accountId) => policyOf(tables, accountId),
    setPolicy: (accountId, policy) =>
      store.change((transaction) => {
        return rows.putPolicy(transaction, { account_id: accountId, policy: JSON.stringify(policy) });
      }),
    removePolicy: (accountId) =>
      store.change(async (transaction) => {
        if (!(await rows.deletePolicy(transaction, accountId))) throw noSuchPolicy(accountId);
      }),
  };
}

export function noSuchPolicy(accountId: AccountId): DomainError {
  return noSuchEntity(`The Password Policy with domain name ${accountId}`);
}

interface User {
  readonly id: string;
  readonly accountId: AccountId;
  readonly name: string;
}

async function userOf(tables: IamQueries, accountId: AccountId, name: string): Promise<User> {
  return requireEntity(tables, { kind: 'user', accountId, name });
}

async function requireProfile(tables: IamQueries, userId: string, name: string): Promise<rows.LoginProfileRow> {
  const row = await rows.findProfile(tables, userId);
  if (row === undefined) throw noSuchEntity(`Login Profile for User ${name}`);
  return row;
}

function viewOf(userName: string, row: rows.LoginProfileRow): LoginProfile {
  return { userName, createdAtMs: row.created_at_ms, resetRequired: row.reset_required === 1 };
}

async function createProfile(store: IamStore, input: NewPassword): Promise<LoginProfile> {
  const { accountId, userName, password, resetRequired } = input;
  const tables = store.database.tables<IamTables>();
  const user = await userOf(tables, accountId, userName);
  const taken = () => alreadyExists(`Login Profile for user ${user.name}`);
  if ((await rows.findProfile(tables, user.id)) !== undefined) throw taken();
  const hash = await newHash(store, user, password);
  const nowMs = store.clock.nowMs();
  const row: rows.LoginProfileRow = {
    user_id: user.id,
    hash,
    created_at_ms: nowMs,
    changed_at_ms: nowMs,
    reset_required: Number(resetRequired),
  };
  return store.change(async (transaction) => {
    await userOf(transaction, accountId, userName);
    if ((await rows.findProfile(transaction, user.id)) !== undefined) throw taken();
    await rows.insertProfile(transaction, row);
    return viewOf(user.name, row);
  });
}

/** The sealed hash of a password that the policy allows the user. Throws password-policy-violation. */
async function newHash(store: IamStore, user: User, password: string): Promise<Buffer> {
  const tables = store.database.tables<IamTables>();
  const policy = await policyOf(tables, user.accountId);
  requireConforming(password, policy, [user.name, user.accountId]);
  const reuse = policy?.PasswordReusePrevention ?? 0;
  if (reuse > 0) {
    const now = await rows.findProfile(tables, user.id);
    const before = await rows.listOldPasswords(tables, user.id, reuse);
    const used = [...(now === undefined ? [] : [now]), ...before].slice(0, reuse);
    for (const { hash } of used) {
      if (await isPassword(password, await openHash(store, user, hash))) {
        throw violation('Password cannot be the same as one of your recent passwords');
      }
    }
  }
  const hash = await hashPassword(password, store.random);
  const domain = await accountDomain(store, user.accountId);
  return store.keyRing.seal(domain, contextOf(user.id), Buffer.from(hash, 'latin1'));
}

/** Keeps the password of before, so that it cannot be used again. */
async function setHash(store: IamStore, transaction: IamTransaction, userId: string, hash: Buffer): Promise<void> {
  const before = await rows.findProfile(transaction, userId);
  if (before === undefined) return;
  const { changed_at_ms } = before;
  await rows.insertOldPassword(transaction, { user_id: userId, changed_at_ms, hash: before.hash });
  await rows.updateProfile(transaction, userId, { hash, changed_at_ms: store.clock.nowMs(), reset_required: 0 });
}

export interface OwnChange {
  readonly accountId: AccountId;
  readonly userName: string;
  readonly oldPassword: string;
  readonly newPassword: string;
  readonly sourceAddress: string;
}

/** The password of now is looked at as for signing in, with its delays: a stolen access key is no way to guess it. */
async function changeOwn(store: IamStore, check: CheckPassword, change: OwnChange): Promise<void> {
  const { accountId, userName, oldPassword, newPassword, sourceAddress } = change;
  const tables = store.database.tables<IamTables>();
  const user = await userOf(tables, accountId, userName);
  await requireProfile(tables, user.id, user.name);
  const verdict = await check({ accountId, userName, password: oldPassword, sourceAddress });
  if (verdict.kind === 'wait') {
    const message = 'Too many wrong passwords. Wait before the next try.';
    throw new DomainError('throttled', message, { retryAfterMs: verdict.forMs });
  }
  if (verdict.kind === 'wrong') {
    const details = { action: 'iam:ChangePassword', resource: '*' };
    throw new DomainError('access-denied', 'The old password was incorrect.', details);
  }
  if (verdict.kind === 'expired') {
    throw new DomainError('entity-temporarily-unmodifiable', 'The password has expired: ask an administrator.', {});
  }
  const hash = await newHash(store, user, newPassword);
  await store.database.transact<IamTables, void>((transaction) => setHash(store, transaction, user.id, hash));
}
