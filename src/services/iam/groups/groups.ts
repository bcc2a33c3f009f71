// Groups and their members: the rules, over the tables.

import type { AccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import { listAttachments } from '../attachments/tables.ts';
import { requireEntity } from '../entities/find.ts';
import type { NewNames, PathPage } from '../entities/listing.ts';
import type { IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import { listInlinePolicies } from '../inline-policies/tables.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from '../refusals.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import type { UserRow } from '../users/tables.ts';
import * as rows from './tables.ts';

type GroupRow = rows.GroupRow;

export interface Groups {
  create(accountId: AccountId, groupName: string, path: string): Promise<GroupRow>;
  get(accountId: AccountId, groupName: string): Promise<GroupRow>;
  list(accountId: AccountId, page: PathPage): Promise<readonly GroupRow[]>;
  /** The unique id stays, and with it all that hangs on the group. */
  update(accountId: AccountId, groupName: string, names: NewNames): Promise<void>;
  remove(accountId: AccountId, groupName: string): Promise<void>;
  addUser(accountId: AccountId, groupName: string, userName: string): Promise<void>;
  removeUser(accountId: AccountId, groupName: string, userName: string): Promise<void>;
  /** Members in the order of their folded names. */
  members(groupId: string, after: string, limit: number): Promise<readonly UserRow[]>;
  ofUser(accountId: AccountId, userName: string): Promise<readonly GroupRow[]>;
}

export function openGroups(store: IamStore): Groups {
  const tables = store.database.tables<IamTables>();
  return {
    create: (accountId, groupName, path) => createGroup(store, accountId, groupName, path),
    get: (accountId, groupName) => requireGroup(tables, accountId, groupName),
    list: (accountId, page) => rows.listGroups(tables, { accountId, ...page }),
    update: (accountId, groupName, names) => updateGroup(store, accountId, groupName, names),
    remove: (accountId, groupName) => removeGroup(store, accountId, groupName),
    addUser: (accountId, groupName, userName) => addUser(store, accountId, groupName, userName),
    removeUser: (accountId, groupName, userName) =>
      store.change(async (transaction) => {
        const group = await requireGroup(transaction, accountId, groupName);
        const user = await requireEntity(transaction, { kind: 'user', accountId, name: userName });
        if (await rows.deleteMember(transaction, { group_id: group.group_id, user_id: user.id })) return;
        throw noSuchEntity(`The user with name ${userName} in group ${groupName}`);
      }),
    members: (groupId, after, limit) => rows.listMembers(tables, groupId, after, limit),
    async ofUser(accountId, userName) {
      const { id } = await requireEntity(tables, { kind: 'user', accountId, name: userName });
      return rows.listGroupsOf(tables, id);
    },
  };
}

/** Throws no-such-entity. */
async function requireGroup(tables: IamQueries, accountId: AccountId, groupName: string): Promise<GroupRow> {
  const group = await rows.findGroup(tables, accountId, groupName);
  if (group === undefined) throw noSuchEntity(`The group with name ${groupName}`);
  return group;
}

function createGroup(store: IamStore, accountId: AccountId, groupName: string, path: string): Promise<GroupRow> {
  const group: GroupRow = {
    group_id: newUniqueId('AGPA', store.random),
    account_id: accountId,
    group_name: groupName,
    name_key: groupName.toLowerCase(),
    path,
    created_at_ms: store.clock.nowMs(),
  };
  return store.change(async (transaction) => {
    if ((await rows.findGroup(transaction, accountId, groupName)) !== undefined) {
      throw alreadyExists(`Group with name ${groupName}`);
    }
    if ((await rows.countGroups(transaction, accountId)) >= limits.groupsPerAccountMax) {
      throw limitExceeded('GroupsPerAccount', limits.groupsPerAccountMax);
    }
    await rows.insertGroup(transaction, group);
    return group;
  });
}

function updateGroup(store: IamStore, accountId: AccountId, groupName: string, names: NewNames): Promise<void> {
  return store.change(async (transaction) => {
    const group = await requireGroup(transaction, accountId, groupName);
    const { name = group.group_name, path = group.path } = names;
    const namesake = await rows.findGroup(transaction, accountId, name);
    if (namesake !== undefined && namesake.group_id !== group.group_id) throw alreadyExists(`Group with name ${name}`);
    const { group_id } = group;
    await rows.updateGroup(transaction, { group_id, group_name: name, name_key: name.toLowerCase(), path });
  });
}

/** As IAM does it: whatever hangs on the group must be taken off first. */
function removeGroup(store: IamStore, accountId: AccountId, groupName: string): Promise<void> {
  return store.change(async (transaction) => {
    const { group_id } = await requireGroup(transaction, accountId, groupName);
    const members = await rows.listMembers(transaction, group_id, '', 1);
    if (members.length > 0) throw deleteConflict('remove users from group');
    const attached = await listAttachments(transaction, group_id);
    if (attached.length > 0) throw deleteConflict('detach all policies');
    const policies = await listInlinePolicies(transaction, group_id);
    if (policies.length > 0) throw deleteConflict('delete policies');
    await rows.deleteGroup(transaction, group_id);
  });
}

function addUser(store: IamStore, accountId: AccountId, groupName: string, userName: string): Promise<void> {
  return store.change(async (transaction) => {
    const { group_id } = await requireGroup(transaction, accountId, groupName);
    const user = await requireEntity(transaction, { kind: 'user', accountId, name: userName });
    const groups = await rows.listGroupsOf(transaction, user.id);
    if (groups.some((group) => group.group_id === group_id)) return;
    if (groups.length >= limits.groupsPerUserMax) throw limitExceeded('GroupsPerUser', limits.groupsPerUserMax);
    await rows.insertMember(transaction, { group_id, user_id: user.id });
  });
}
