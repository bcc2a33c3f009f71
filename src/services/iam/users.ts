// Users and their access keys: the rules, over the tables. One transaction a change; caches are dropped after it.

import { type AccountId, globalRegion } from '#core/account.ts';
import { iamArn } from '#core/arn.ts';
import { limits } from '#core/limits.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { IamStore } from './iam-store.ts';
import { newAccessKeyId, newSecretAccessKey, newUserId } from './ids.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity, noSuchUser } from './refusals.ts';
import {
  type AccessKeyRow,
  countUsers,
  deleteAccessKey,
  deleteUser,
  findUser,
  type IamQueries,
  type IamTables,
  insertAccessKey,
  insertUser,
  listAccessKeys,
  listAttachments,
  listUserPolicies,
  listUsers,
  type UserRow,
  updateKeyStatus,
} from './tables.ts';

export interface NewAccessKey {
  readonly userName: string;
  readonly accessKeyId: string;
  /** Told once, here. */
  readonly secretAccessKey: string;
  readonly createdAtMs: number;
}

export interface Users {
  create(accountId: AccountId, userName: string, path: string): Promise<UserRow>;
  get(accountId: AccountId, userName: string): Promise<UserRow>;
  list(accountId: AccountId, page: UsersPage): Promise<readonly UserRow[]>;
  remove(accountId: AccountId, userName: string): Promise<void>;
  createAccessKey(accountId: AccountId, userName: string): Promise<NewAccessKey>;
  accessKeys(accountId: AccountId, userName: string): Promise<readonly AccessKeyRow[]>;
  setAccessKeyStatus(accountId: AccountId, userName: string, accessKeyId: string, status: string): Promise<void>;
  removeAccessKey(accountId: AccountId, userName: string, accessKeyId: string): Promise<void>;
}

export interface UsersPage {
  readonly pathPrefix: string;
  /** The folded name of the last user seen; empty at the start. */
  readonly after: string;
  readonly limit: number;
}

export function userArn(user: Pick<UserRow, 'account_id' | 'path' | 'user_name'>): string {
  return iamArn(user.account_id as AccountId, 'user', user.path, user.user_name);
}

/** The key domain of an account's own secrets, and the context that binds a sealed value to its row. */
export async function accountDomain(store: IamStore, accountId: string): Promise<KeyDomainId> {
  return store.keyRing.domainOf({ accountId: accountId as AccountId, region: globalRegion });
}

export function secretContext(accessKeyId: string): string {
  return `iam/access-key/${accessKeyId}`;
}

export function openUsers(store: IamStore): Users {
  const { database } = store;
  const tables = database.tables<IamTables>();
  const get = async (accountId: AccountId, userName: string) => {
    const user = await findUser(tables, accountId, userName);
    if (user === undefined) throw noSuchUser(userName);
    return user;
  };
  return {
    get,
    create: (accountId, userName, path) => createUser(store, accountId, userName, path),
    list: (accountId, page) => listUsers(tables, { accountId, ...page }),
    remove: (accountId, userName) => removeUser(store, accountId, userName),
    createAccessKey: (accountId, userName) => createAccessKey(store, accountId, userName),
    accessKeys: async (accountId, userName) => listAccessKeys(tables, (await get(accountId, userName)).user_id),
    setAccessKeyStatus: (accountId, userName, accessKeyId, status) =>
      store.change(async (transaction) => {
        const user = await requireUser(transaction, accountId, userName);
        const key = { access_key_id: accessKeyId, user_id: user.user_id, status };
        if (!(await updateKeyStatus(transaction, key))) throw noSuchEntity(`The Access Key with id ${accessKeyId}`);
      }),
    removeAccessKey: (accountId, userName, accessKeyId) =>
      store.change(async (transaction) => {
        const user = await requireUser(transaction, accountId, userName);
        if (await deleteAccessKey(transaction, user.user_id, accessKeyId)) return;
        throw noSuchEntity(`The Access Key with id ${accessKeyId}`);
      }),
  };
}

/** The user inside a transaction. Throws no-such-entity. */
export async function requireUser(tables: IamQueries, accountId: AccountId, userName: string): Promise<UserRow> {
  const user = await findUser(tables, accountId, userName);
  if (user === undefined) throw noSuchUser(userName);
  return user;
}

function createUser(store: IamStore, accountId: AccountId, userName: string, path: string): Promise<UserRow> {
  const user: UserRow = {
    user_id: newUserId(store.random),
    account_id: accountId,
    user_name: userName,
    name_key: userName.toLowerCase(),
    path,
    created_at_ms: store.clock.nowMs(),
  };
  return store.change(async (transaction) => {
    if ((await findUser(transaction, accountId, userName)) !== undefined) {
      throw alreadyExists(`User with name ${userName}`);
    }
    if ((await countUsers(transaction, accountId)) >= limits.usersPerAccountMax) {
      throw limitExceeded('UsersPerAccount', limits.usersPerAccountMax);
    }
    await insertUser(transaction, user);
    return user;
  });
}

/** As IAM does it: whatever hangs on the user must be taken off first. */
function removeUser(store: IamStore, accountId: AccountId, userName: string): Promise<void> {
  return store.change(async (transaction) => {
    const user = await requireUser(transaction, accountId, userName);
    const attached = await listAttachments(transaction, user.user_id);
    if (attached.length > 0) throw deleteConflict('detach all policies');
    const policies = await listUserPolicies(transaction, user.user_id);
    if (policies.length > 0) throw deleteConflict('delete policies');
    const keys = await listAccessKeys(transaction, user.user_id);
    if (keys.length > 0) throw deleteConflict('delete access keys');
    await deleteUser(transaction, user.user_id);
  });
}

async function createAccessKey(store: IamStore, accountId: AccountId, userName: string): Promise<NewAccessKey> {
  const { key, sealed } = await newAccessKey(store, accountId, userName);
  return store.change(async (transaction) => {
    const user = await requireUser(transaction, accountId, userName);
    const keys = await listAccessKeys(transaction, user.user_id);
    if (keys.length >= limits.accessKeysPerUserMax) {
      throw limitExceeded('AccessKeysPerUser', limits.accessKeysPerUserMax);
    }
    await insertAccessKey(transaction, { ...sealed, user_id: user.user_id });
    return { ...key, userName: user.user_name };
  });
}

/** A key that nobody has yet, and its row without the user. */
export async function newAccessKey(store: IamStore, accountId: AccountId, userName: string) {
  const accessKeyId = newAccessKeyId(accountId, store.random);
  const secretAccessKey = newSecretAccessKey(store.random);
  const domain = await accountDomain(store, accountId);
  const secret = await store.keyRing.seal(domain, secretContext(accessKeyId), Buffer.from(secretAccessKey));
  const createdAtMs = store.clock.nowMs();
  const key: NewAccessKey = { userName, accessKeyId, secretAccessKey, createdAtMs };
  const sealed = { access_key_id: accessKeyId, secret, status: 'Active', created_at_ms: createdAtMs };
  return { key, sealed };
}
