// The table of users and every query on it.

import type { Kysely, Transaction } from 'kysely';
import { namedTable } from '../named/tables.ts';

export interface UserRow {
  readonly user_id: string;
  readonly account_id: string;
  readonly user_name: string;
  /** The name in lower case: names that differ only in case are the same name. */
  readonly name_key: string;
  readonly path: string;
  readonly created_at_ms: number;
}

export interface UserTables {
  readonly iam_user: UserRow;
}

type Queries = Kysely<UserTables> | Transaction<UserTables>;

const named = namedTable<UserTables, UserRow>('iam_user');

export const findUser = named.find;
export const listUsers = named.list;
export const countUsers = named.count;

export function findUserById(tables: Queries, userId: string): Promise<UserRow | undefined> {
  return tables.selectFrom('iam_user').selectAll().where('user_id', '=', userId).executeTakeFirst();
}

export async function insertUser(tables: Queries, row: UserRow): Promise<void> {
  await tables.insertInto('iam_user').values(row).execute();
}

export async function updateUser(
  tables: Queries,
  { user_id, ...names }: Pick<UserRow, 'user_id' | 'user_name' | 'name_key' | 'path'>,
): Promise<void> {
  await tables.updateTable('iam_user').set(names).where('user_id', '=', user_id).execute();
}

export async function deleteUser(tables: Queries, userId: string): Promise<void> {
  await tables.deleteFrom('iam_user').where('user_id', '=', userId).execute();
}
