// The tables of groups and who is in them, and every query on them.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import { namedTable } from '../named/tables.ts';
import type { UserRow, UserTables } from '../users/tables.ts';

export interface GroupRow {
  readonly group_id: string;
  readonly account_id: string;
  readonly group_name: string;
  /** The name in lower case: names that differ only in case are the same name. */
  readonly name_key: string;
  readonly path: string;
  readonly created_at_ms: number;
}

interface MemberRow {
  readonly group_id: string;
  readonly user_id: string;
}

export interface GroupTables extends UserTables {
  readonly iam_group: GroupRow;
  readonly group_member: MemberRow;
}

type Queries = Kysely<GroupTables> | Transaction<GroupTables>;

const named = namedTable<GroupTables, GroupRow>('iam_group');

export const findGroup = named.find;
export const listGroups = named.list;
export const countGroups = named.count;

export const groupMigration: Migration = {
  name: '0102-iam-groups',
  async up({ schema }) {
    await schema
      .createTable('iam_group')
      .addColumn('group_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('group_name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('iam_group_name', ['account_id', 'name_key'])
      .execute();
    await schema
      .createTable('group_member')
      .addColumn('group_id', 'text', (column) => column.notNull().references('iam_group.group_id'))
      .addColumn('user_id', 'text', (column) => column.notNull().references('iam_user.user_id'))
      .addPrimaryKeyConstraint('group_member_key', ['group_id', 'user_id'])
      .execute();
    await schema.createIndex('group_member_user').on('group_member').column('user_id').execute();
  },
};

export async function insertGroup(tables: Queries, row: GroupRow): Promise<void> {
  await tables.insertInto('iam_group').values(row).execute();
}

export async function updateGroup(
  tables: Queries,
  { group_id, ...names }: Pick<GroupRow, 'group_id' | 'group_name' | 'name_key' | 'path'>,
): Promise<void> {
  await tables.updateTable('iam_group').set(names).where('group_id', '=', group_id).execute();
}

export async function deleteGroup(tables: Queries, groupId: string): Promise<void> {
  await tables.deleteFrom('iam_group').where('group_id', '=', groupId).execute();
}

/** A member that is one already stays one. */
export async function insertMember(tables: Queries, row: MemberRow): Promise<void> {
  await tables
    .insertInto('group_member')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False when the user is not in the group. */
export async function deleteMember(tables: Queries, row: MemberRow): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('group_member')
    .where('group_id', '=', row.group_id)
    .where('user_id', '=', row.user_id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Users of a group in the order of their folded names, after `after`. */
export function listMembers(tables: Queries, groupId: string, after: string, limit: number): Promise<UserRow[]> {
  return tables
    .selectFrom('group_member')
    .innerJoin('iam_user', 'iam_user.user_id', 'group_member.user_id')
    .selectAll('iam_user')
    .where('group_member.group_id', '=', groupId)
    .where('iam_user.name_key', '>', after)
    .orderBy('iam_user.name_key')
    .limit(limit)
    .execute();
}

/** All groups of a user, of which there are few, in the order of their folded names. */
export function listGroupsOf(tables: Queries, userId: string): Promise<GroupRow[]> {
  return tables
    .selectFrom('group_member')
    .innerJoin('iam_group', 'iam_group.group_id', 'group_member.group_id')
    .selectAll('iam_group')
    .where('group_member.user_id', '=', userId)
    .orderBy('iam_group.name_key')
    .execute();
}
