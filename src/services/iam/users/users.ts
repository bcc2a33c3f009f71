// Users: the rules, over the tables. One transaction a change; caches are dropped after it.

import type { AccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import { listAccessKeys } from '../access-keys/tables.ts';
import { listAttachments } from '../attachments/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { newUserId } from '../ids.ts';
import { listInlinePolicies } from '../inline-policies/tables.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from '../refusals.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { countUsers, deleteUser, findUser, insertUser, listUsers, type UserRow } from './tables.ts';

export interface Users {
  create(accountId: AccountId, userName: string, path: string): Promise<UserRow>;
  get(accountId: AccountId, userName: string): Promise<UserRow>;
  list(accountId: AccountId, page: UsersPage): Promise<readonly UserRow[]>;
  remove(accountId: AccountId, userName: string): Promise<void>;
}

export interface UsersPage {
  readonly pathPrefix: string;
  /** The folded name of the last user seen; empty at the start. */
  readonly after: string;
  readonly limit: number;
}

export function openUsers(store: IamStore): Users {
  const tables = store.database.tables<IamTables>();
  return {
    get: (accountId, userName) => requireUser(tables, accountId, userName),
    create: (accountId, userName, path) => createUser(store, accountId, userName, path),
    list: (accountId, page) => listUsers(tables, { accountId, ...page }),
    remove: (accountId, userName) => removeUser(store, accountId, userName),
  };
}

/** Throws no-such-entity. */
async function requireUser(tables: IamQueries, accountId: AccountId, userName: string): Promise<UserRow> {
  const user = await findUser(tables, accountId, userName);
  if (user === undefined) throw noSuchEntity(`The user with name ${userName}`);
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
    const policies = await listInlinePolicies(transaction, user.user_id);
    if (policies.length > 0) throw deleteConflict('delete policies');
    const keys = await listAccessKeys(transaction, user.user_id);
    if (keys.length > 0) throw deleteConflict('delete access keys');
    await deleteUser(transaction, user.user_id);
  });
}
