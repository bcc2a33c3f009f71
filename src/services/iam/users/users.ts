// Users: the rules, over the tables. One transaction a change; caches are dropped after it.

import type { AccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import { listAccessKeys } from '../access-keys/tables.ts';
import { listAttachments } from '../attachments/tables.ts';
import { setBoundary } from '../boundaries/boundaries.ts';
import { deleteBoundary, findBoundary } from '../boundaries/tables.ts';
import type { NewNames, PathPage } from '../entities/listing.ts';
import { listGroupsOf } from '../groups/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import { listInlinePolicies } from '../inline-policies/tables.ts';
import { findProfile } from '../login-profiles/tables.ts';
import { listDevicesOf } from '../mfa/tables.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from '../refusals.ts';
import type { IamQueries, IamTables, IamTransaction } from '../tables.ts';
import { deleteTags } from '../tags/tables.ts';
import { storeTags, type Tag, tagsOf } from '../tags/tags.ts';
import { countUsers, deleteUser, findUser, insertUser, listUsers, type UserRow, updateUser } from './tables.ts';

export interface NewUser {
  readonly accountId: AccountId;
  readonly name: string;
  readonly path: string;
  readonly boundary?: string | undefined;
  readonly tags?: readonly Tag[];
}

/** What only a look at one user shows. */
export interface UserDetails {
  readonly row: UserRow;
  readonly boundary: string | undefined;
  readonly tags: readonly Tag[];
}

export interface Users {
  create(user: NewUser): Promise<UserDetails>;
  get(accountId: AccountId, userName: string): Promise<UserDetails>;
  list(accountId: AccountId, page: PathPage): Promise<readonly UserRow[]>;
  /** The unique id stays, and with it all that hangs on the user. */
  update(accountId: AccountId, userName: string, names: NewNames): Promise<void>;
  remove(accountId: AccountId, userName: string): Promise<void>;
}

export function openUsers(store: IamStore): Users {
  const tables = store.database.tables<IamTables>();
  return {
    get: async (accountId, userName) => detailsOf(tables, await requireUser(tables, accountId, userName)),
    create: (user) => createUser(store, user),
    list: (accountId, page) => listUsers(tables, { accountId, ...page }),
    update: (accountId, userName, names) => renameUser(store, accountId, userName, names),
    remove: (accountId, userName) =>
      store.change(async (transaction) => {
        const { user_id } = await requireUser(transaction, accountId, userName);
        await requireBare(transaction, user_id);
        await deleteBoundary(transaction, user_id);
        await deleteTags(transaction, user_id);
        await deleteUser(transaction, user_id);
      }),
  };
}

async function detailsOf(tables: IamQueries, row: UserRow): Promise<UserDetails> {
  const boundary = await findBoundary(tables, row.user_id);
  return { row, boundary, tags: await tagsOf(tables, row.user_id) };
}

/** Throws no-such-entity. */
async function requireUser(tables: IamQueries, accountId: AccountId, userName: string): Promise<UserRow> {
  const user = await findUser(tables, accountId, userName);
  if (user === undefined) throw noSuchEntity(`The user with name ${userName}`);
  return user;
}

function createUser(store: IamStore, { accountId, name, path, boundary, tags = [] }: NewUser): Promise<UserDetails> {
  const row: UserRow = {
    user_id: newUniqueId('AIDA', store.random),
    account_id: accountId,
    user_name: name,
    name_key: name.toLowerCase(),
    path,
    created_at_ms: store.clock.nowMs(),
  };
  return store.change(async (transaction) => {
    if ((await findUser(transaction, accountId, name)) !== undefined) throw alreadyExists(`User with name ${name}`);
    if ((await countUsers(transaction, accountId)) >= limits.usersPerAccountMax) {
      throw limitExceeded('UsersPerAccount', limits.usersPerAccountMax);
    }
    await insertUser(transaction, row);
    await storeTags(transaction, row.user_id, tags);
    if (boundary !== undefined) await setBoundary(transaction, { id: row.user_id, accountId }, boundary);
    return detailsOf(transaction, row);
  });
}

function renameUser(store: IamStore, accountId: AccountId, userName: string, names: NewNames): Promise<void> {
  return store.change(async (transaction) => {
    const { user_id, ...user } = await requireUser(transaction, accountId, userName);
    const { name = user.user_name, path = user.path } = names;
    const namesake = await findUser(transaction, accountId, name);
    if (namesake !== undefined && namesake.user_id !== user_id) throw alreadyExists(`User with name ${name}`);
    await updateUser(transaction, { user_id, user_name: name, name_key: name.toLowerCase(), path });
  });
}

/** As IAM does it: whatever hangs on the user must be taken off first. */
async function requireBare(transaction: IamTransaction, userId: string): Promise<void> {
  const attached = await listAttachments(transaction, userId);
  if (attached.length > 0) throw deleteConflict('detach all policies');
  const policies = await listInlinePolicies(transaction, userId);
  if (policies.length > 0) throw deleteConflict('delete policies');
  if ((await findProfile(transaction, userId)) !== undefined) throw deleteConflict('delete login profile');
  const keys = await listAccessKeys(transaction, userId);
  if (keys.length > 0) throw deleteConflict('delete access keys');
  const devices = await listDevicesOf(transaction, userId);
  if (devices.length > 0) throw deleteConflict('delete MFA device');
  const groups = await listGroupsOf(transaction, userId);
  if (groups.length > 0) throw deleteConflict('remove users from group');
}
