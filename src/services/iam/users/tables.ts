// The table of users and every query on it.

import type { Kysely, Transaction } from 'kysely';

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

export function findUser(tables: Queries, accountId: string, userName: string): Promise<UserRow | undefined> {
  return tables
    .selectFrom('iam_user')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '=', userName.toLowerCase())
    .executeTakeFirst();
}

export function findUserById(tables: Queries, userId: string): Promise<UserRow | undefined> {
  return tables.selectFrom('iam_user').selectAll().where('user_id', '=', userId).executeTakeFirst();
}

/** Users in the order of their folded names, after `after`, whose path starts with `pathPrefix`. */
export function listUsers(
  tables: Queries,
  query: { readonly accountId: string; readonly pathPrefix: string; readonly after: string; readonly limit: number },
): Promise<UserRow[]> {
  return tables
    .selectFrom('iam_user')
    .selectAll()
    .where('account_id', '=', query.accountId)
    .where('name_key', '>', query.after)
    .where((row) => row.fn('substr', ['path', row.lit(1), row.val(query.pathPrefix.length)]), '=', query.pathPrefix)
    .orderBy('name_key')
    .limit(query.limit)
    .execute();
}

export async function countUsers(tables: Queries, accountId: string): Promise<number> {
  const row = await tables
    .selectFrom('iam_user')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
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
