// Access keys: at most two a user, their secrets sealed and told once.

import type { AccountId } from '#core/account.ts';
import { newAccessKeyId } from '#core/key-ids.ts';
import { limits } from '#core/limits.ts';
import type { Owner } from '../entities/entity.ts';
import { requireEntity } from '../entities/find.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { newSecretAccessKey } from '../ids.ts';
import { limitExceeded, noSuchEntity } from '../refusals.ts';
import type { IamTables } from '../tables.ts';
import { userArn } from '../users/user-ref.ts';
import {
  type AccessKeyRow,
  deleteAccessKey,
  findKeyUse,
  insertAccessKey,
  listAccessKeys,
  updateKeyStatus,
} from './tables.ts';

export interface NewAccessKey {
  readonly userName: string;
  readonly accessKeyId: string;
  /** Told once, here. */
  readonly secretAccessKey: string;
  readonly createdAtMs: number;
}

export interface AccessKeys {
  create(accountId: AccountId, userName: string): Promise<NewAccessKey>;
  list(accountId: AccountId, userName: string): Promise<readonly AccessKeyRow[]>;
  setStatus(accountId: AccountId, userName: string, accessKeyId: string, status: string): Promise<void>;
  remove(accountId: AccountId, userName: string, accessKeyId: string): Promise<void>;
  /** Undefined when the account has no such key. */
  findUse(accountId: AccountId, accessKeyId: string): Promise<KeyUse | undefined>;
}

export interface KeyUse {
  readonly userName: string;
  readonly userArn: string;
  /** Undefined while the key was never used. */
  readonly last: { readonly atMs: number; readonly service: string; readonly region: string } | undefined;
}

/** The context that binds a sealed secret to its row. */
export function secretContext(accessKeyId: string): string {
  return `iam/access-key/${accessKeyId}`;
}

export function openAccessKeys(store: IamStore): AccessKeys {
  const tables = store.database.tables<IamTables>();
  return {
    create: (accountId, userName) => createAccessKey(store, accountId, userName),
    list: async (accountId, userName) =>
      listAccessKeys(tables, (await requireEntity(tables, user(accountId, userName))).id),
    setStatus: (accountId, userName, accessKeyId, status) =>
      store.change(async (transaction) => {
        const { id } = await requireEntity(transaction, user(accountId, userName));
        const key = { access_key_id: accessKeyId, user_id: id, status };
        if (!(await updateKeyStatus(transaction, key))) throw noSuchKey(accessKeyId);
      }),
    remove: (accountId, userName, accessKeyId) =>
      store.change(async (transaction) => {
        const { id } = await requireEntity(transaction, user(accountId, userName));
        if (!(await deleteAccessKey(transaction, id, accessKeyId))) throw noSuchKey(accessKeyId);
      }),
    async findUse(accountId, accessKeyId) {
      const row = await findKeyUse(tables, accessKeyId);
      if (row?.account_id !== accountId) return undefined;
      const { used_at_ms: atMs, service, region } = row;
      const isUsed = atMs !== null && service !== null && region !== null;
      return { userName: row.user_name, userArn: userArn(row), last: isUsed ? { atMs, service, region } : undefined };
    },
  };
}

async function createAccessKey(store: IamStore, accountId: AccountId, userName: string): Promise<NewAccessKey> {
  const { key, sealed } = await newAccessKey(store, accountId, userName);
  return store.change(async (transaction) => {
    const owner = await requireEntity(transaction, user(accountId, userName));
    const keys = await listAccessKeys(transaction, owner.id);
    if (keys.length >= limits.accessKeysPerUserMax) {
      throw limitExceeded('AccessKeysPerUser', limits.accessKeysPerUserMax);
    }
    await insertAccessKey(transaction, { ...sealed, user_id: owner.id });
    return { ...key, userName: owner.name };
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

function user(accountId: AccountId, name: string): Owner {
  return { kind: 'user', accountId, name };
}

function noSuchKey(accessKeyId: string) {
  return noSuchEntity(`The Access Key with id ${accessKeyId}`);
}
