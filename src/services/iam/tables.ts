// The tables of accounts, users, access keys and user policies, and every query on them.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface IamTables {
  readonly account: AccountRow;
  readonly iam_user: UserRow;
  readonly access_key: AccessKeyRow;
  readonly user_policy: UserPolicyRow;
  readonly user_attachment: UserAttachmentRow;
}

export interface AccountRow {
  readonly account_id: string;
  readonly name: string;
  readonly created_at_ms: number;
}

export interface UserRow {
  readonly user_id: string;
  readonly account_id: string;
  readonly user_name: string;
  /** The name in lower case: names that differ only in case are the same name. */
  readonly name_key: string;
  readonly path: string;
  readonly created_at_ms: number;
}

export interface AccessKeyRow {
  readonly access_key_id: string;
  readonly user_id: string;
  /** Sealed in the account's key domain. */
  readonly secret: Uint8Array;
  readonly status: string;
  readonly created_at_ms: number;
}

export interface UserPolicyRow {
  readonly user_id: string;
  readonly policy_name: string;
  /** Sealed in the account's key domain. */
  readonly document: Uint8Array;
}

export interface UserAttachmentRow {
  readonly user_id: string;
  readonly policy_arn: string;
}

export type IamTransaction = Transaction<IamTables>;
export type IamQueries = Kysely<IamTables> | IamTransaction;

export const iamMigrations: readonly Migration[] = [
  {
    name: '0010-iam-users',
    async up(database) {
      const { schema } = database;
      await schema
        .createTable('account')
        .addColumn('account_id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await schema
        .createTable('iam_user')
        .addColumn('user_id', 'text', (column) => column.primaryKey())
        .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
        .addColumn('user_name', 'text', (column) => column.notNull())
        .addColumn('name_key', 'text', (column) => column.notNull())
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('iam_user_name', ['account_id', 'name_key'])
        .execute();
      await schema
        .createTable('access_key')
        .addColumn('access_key_id', 'text', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('iam_user.user_id'))
        .addColumn('secret', 'blob', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await schema.createIndex('access_key_user').on('access_key').column('user_id').execute();
      await schema
        .createTable('user_policy')
        .addColumn('user_id', 'text', (column) => column.notNull().references('iam_user.user_id'))
        .addColumn('policy_name', 'text', (column) => column.notNull())
        .addColumn('document', 'blob', (column) => column.notNull())
        .addPrimaryKeyConstraint('user_policy_key', ['user_id', 'policy_name'])
        .execute();
      await schema
        .createTable('user_attachment')
        .addColumn('user_id', 'text', (column) => column.notNull().references('iam_user.user_id'))
        .addColumn('policy_arn', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('user_attachment_key', ['user_id', 'policy_arn'])
        .execute();
    },
  },
];

export function findUser(tables: IamQueries, accountId: string, userName: string): Promise<UserRow | undefined> {
  return tables
    .selectFrom('iam_user')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '=', userName.toLowerCase())
    .executeTakeFirst();
}

export function findUserById(tables: IamQueries, userId: string): Promise<UserRow | undefined> {
  return tables.selectFrom('iam_user').selectAll().where('user_id', '=', userId).executeTakeFirst();
}

/** Users in the order of their folded names, after `after`, whose path starts with `pathPrefix`. */
export function listUsers(
  tables: IamQueries,
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

export async function countUsers(tables: IamQueries, accountId: string): Promise<number> {
  const row = await tables
    .selectFrom('iam_user')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

export function listAccessKeys(tables: IamQueries, userId: string): Promise<AccessKeyRow[]> {
  return tables.selectFrom('access_key').selectAll().where('user_id', '=', userId).orderBy('access_key_id').execute();
}

/** A key with its owner: all that authentication needs, in one look-up. */
export function findAccessKey(tables: IamQueries, accessKeyId: string): Promise<(AccessKeyRow & UserRow) | undefined> {
  return tables
    .selectFrom('access_key')
    .innerJoin('iam_user', 'iam_user.user_id', 'access_key.user_id')
    .selectAll('iam_user')
    .select(['access_key.access_key_id', 'access_key.secret', 'access_key.status'])
    .select('access_key.created_at_ms as created_at_ms')
    .where('access_key.access_key_id', '=', accessKeyId)
    .executeTakeFirst();
}

export function listUserPolicies(tables: IamQueries, userId: string): Promise<UserPolicyRow[]> {
  return tables.selectFrom('user_policy').selectAll().where('user_id', '=', userId).orderBy('policy_name').execute();
}

export function listAttachments(tables: IamQueries, userId: string): Promise<UserAttachmentRow[]> {
  return tables.selectFrom('user_attachment').selectAll().where('user_id', '=', userId).orderBy('policy_arn').execute();
}

/** Pairs of policy and number of users. */
export async function countAttachments(tables: IamQueries, accountId: string): Promise<Array<[string, number]>> {
  const rows = await tables
    .selectFrom('user_attachment')
    .innerJoin('iam_user', 'iam_user.user_id', 'user_attachment.user_id')
    .select('policy_arn')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('iam_user.account_id', '=', accountId)
    .groupBy('policy_arn')
    .execute();
  return rows.map((row) => [row.policy_arn, Number(row.count)]);
}

export function findUserPolicy(tables: IamQueries, userId: string, name: string): Promise<UserPolicyRow | undefined> {
  return tables
    .selectFrom('user_policy')
    .selectAll()
    .where('user_id', '=', userId)
    .where('policy_name', '=', name)
    .executeTakeFirst();
}

/** The oldest first: a site's home account is its first one. */
export function listAccounts(tables: IamQueries): Promise<AccountRow[]> {
  return tables.selectFrom('account').selectAll().orderBy('created_at_ms').orderBy('account_id').execute();
}

export async function insertAccount(tables: IamQueries, row: AccountRow): Promise<void> {
  await tables.insertInto('account').values(row).execute();
}

export async function insertUser(tables: IamQueries, row: UserRow): Promise<void> {
  await tables.insertInto('iam_user').values(row).execute();
}

export async function deleteUser(tables: IamQueries, userId: string): Promise<void> {
  await tables.deleteFrom('iam_user').where('user_id', '=', userId).execute();
}

export async function insertAccessKey(tables: IamQueries, row: AccessKeyRow): Promise<void> {
  await tables.insertInto('access_key').values(row).execute();
}

/** False when the user has no such key. */
export async function updateKeyStatus(
  tables: IamQueries,
  key: Pick<AccessKeyRow, 'access_key_id' | 'user_id' | 'status'>,
): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('access_key')
    .set({ status: key.status })
    .where('access_key_id', '=', key.access_key_id)
    .where('user_id', '=', key.user_id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** False when the user has no such key. */
export async function deleteAccessKey(tables: IamQueries, userId: string, accessKeyId: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('access_key')
    .where('access_key_id', '=', accessKeyId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function upsertUserPolicy(tables: IamQueries, row: UserPolicyRow): Promise<void> {
  const { document } = row;
  await tables
    .insertInto('user_policy')
    .values(row)
    .onConflict((conflict) => conflict.columns(['user_id', 'policy_name']).doUpdateSet({ document }))
    .execute();
}

/** False when the user has no policy of this name. */
export async function deleteUserPolicy(tables: IamQueries, userId: string, policyName: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('user_policy')
    .where('user_id', '=', userId)
    .where('policy_name', '=', policyName)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function insertAttachment(tables: IamQueries, row: UserAttachmentRow): Promise<void> {
  await tables.insertInto('user_attachment').values(row).execute();
}

/** False when the policy is not attached. */
export async function deleteAttachment(tables: IamQueries, row: UserAttachmentRow): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('user_attachment')
    .where('user_id', '=', row.user_id)
    .where('policy_arn', '=', row.policy_arn)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** The account a user belongs to; undefined when the user is gone. */
export async function accountOfUser(tables: IamQueries, userId: string): Promise<string | undefined> {
  const row = await tables.selectFrom('iam_user').select('account_id').where('user_id', '=', userId).executeTakeFirst();
  return row?.account_id;
}

/** The next access keys in the order of their ids. */
export async function walkAccessKeys(tables: IamQueries, after: string, limit: number): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('access_key')
    .select('access_key_id')
    .where('access_key_id', '>', after)
    .orderBy('access_key_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.access_key_id);
}

export async function walkUserPolicies(tables: IamQueries): Promise<readonly Omit<UserPolicyRow, 'document'>[]> {
  return tables.selectFrom('user_policy').select(['user_id', 'policy_name']).orderBy('user_id').execute();
}

/** A policy with the account whose key sealed it. */
export async function findPolicyOwner(
  tables: IamQueries,
  userId: string,
  name: string,
): Promise<(UserPolicyRow & Pick<UserRow, 'account_id'>) | undefined> {
  return tables
    .selectFrom('user_policy')
    .innerJoin('iam_user', 'iam_user.user_id', 'user_policy.user_id')
    .selectAll('user_policy')
    .select('iam_user.account_id')
    .where('user_policy.user_id', '=', userId)
    .where('user_policy.policy_name', '=', name)
    .executeTakeFirst();
}
