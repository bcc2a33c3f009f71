// The tables of passwords, of those that were used before, of password policies, and of failed sign-ins.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { UserTables } from '../users/tables.ts';

export interface LoginProfileRow {
  readonly user_id: string;
  /** The hash, sealed in the account's key domain. */
  readonly hash: Uint8Array;
  readonly created_at_ms: number;
  readonly changed_at_ms: number;
  readonly reset_required: number;
}

export interface OldPasswordRow {
  readonly user_id: string;
  readonly changed_at_ms: number;
  readonly hash: Uint8Array;
}

export interface PasswordPolicyRow {
  readonly account_id: string;
  /** JSON of a PasswordPolicy. */
  readonly policy: string;
}

/** Failed sign-ins of one account or address. */
export interface SignInFailureRow {
  /** `user <account>/<name>` or `address <address>`. */
  readonly subject: string;
  readonly failures: number;
  readonly failed_at_ms: number;
}

export interface LoginProfileTables {
  readonly login_profile: LoginProfileRow;
  readonly old_password: OldPasswordRow;
  readonly password_policy: PasswordPolicyRow;
  readonly sign_in_failure: SignInFailureRow;
}

type Queries = Kysely<LoginProfileTables> | Transaction<LoginProfileTables>;

export const loginProfileMigration: Migration = {
  name: '0163-iam-login-profiles',
  async up({ schema }) {
    await schema
      .createTable('login_profile')
      .addColumn('user_id', 'text', (column) => column.primaryKey().references('iam_user.user_id'))
      .addColumn('hash', 'blob', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('changed_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('reset_required', 'integer', (column) => column.notNull())
      .execute();
    await schema
      .createTable('old_password')
      .addColumn('user_id', 'text', (column) => column.notNull().references('iam_user.user_id'))
      .addColumn('changed_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'blob', (column) => column.notNull())
      .execute();
    await schema.createIndex('old_password_user').on('old_password').columns(['user_id', 'changed_at_ms']).execute();
    await schema
      .createTable('password_policy')
      .addColumn('account_id', 'text', (column) => column.primaryKey().references('account.account_id'))
      .addColumn('policy', 'text', (column) => column.notNull())
      .execute();
    await schema
      .createTable('sign_in_failure')
      .addColumn('subject', 'text', (column) => column.primaryKey())
      .addColumn('failures', 'integer', (column) => column.notNull())
      .addColumn('failed_at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** Failures are found by their age: the oldest go. */
export const failureAgeMigration: Migration = {
  name: '0164-iam-sign-in-failure-ages',
  async up({ schema }) {
    await schema.createIndex('sign_in_failure_age').on('sign_in_failure').column('failed_at_ms').execute();
  },
};

export function findProfile(tables: Queries, userId: string): Promise<LoginProfileRow | undefined> {
  return tables.selectFrom('login_profile').selectAll().where('user_id', '=', userId).executeTakeFirst();
}

export async function insertProfile(tables: Queries, row: LoginProfileRow): Promise<void> {
  await tables.insertInto('login_profile').values(row).execute();
}

export type ProfileChange = Partial<Pick<LoginProfileRow, 'hash' | 'changed_at_ms' | 'reset_required'>>;

export async function updateProfile(tables: Queries, userId: string, change: ProfileChange): Promise<void> {
  if (Object.keys(change).length === 0) return;
  await tables.updateTable('login_profile').set(change).where('user_id', '=', userId).execute();
}

/** With the passwords that were used before. */
export async function deleteProfile(tables: Queries, userId: string): Promise<void> {
  await tables.deleteFrom('old_password').where('user_id', '=', userId).execute();
  await tables.deleteFrom('login_profile').where('user_id', '=', userId).execute();
}

/** The newest first. */
export function listOldPasswords(tables: Queries, userId: string, limit: number): Promise<OldPasswordRow[]> {
  return tables
    .selectFrom('old_password')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('changed_at_ms', 'desc')
    .limit(limit)
    .execute();
}

export async function insertOldPassword(tables: Queries, row: OldPasswordRow): Promise<void> {
  await tables.insertInto('old_password').values(row).execute();
}

type WithUsers = Kysely<LoginProfileTables & UserTables> | Transaction<LoginProfileTables & UserTables>;

/** The next passwords of now, in the order of the ids of their users. */
export function walkProfiles(tables: WithUsers, after: string, limit: number) {
  return tables
    .selectFrom('login_profile')
    .innerJoin('iam_user', 'iam_user.user_id', 'login_profile.user_id')
    .select(['iam_user.user_id', 'iam_user.account_id', 'login_profile.hash'])
    .where('login_profile.user_id', '>', after)
    .orderBy('login_profile.user_id')
    .limit(limit)
    .execute();
}

/** All old passwords of the next users. */
export async function walkOldPasswords(tables: WithUsers, after: string, users: number) {
  const next = await listOldPasswordCounts(tables, after, users);
  return tables
    .selectFrom('old_password')
    .innerJoin('iam_user', 'iam_user.user_id', 'old_password.user_id')
    .select(['iam_user.user_id', 'iam_user.account_id', 'old_password.hash'])
    .where('old_password.user_id', 'in', ['', ...next.map((row) => row.user_id)])
    .orderBy('old_password.user_id')
    .execute();
}

export function listPolicies(tables: Queries): Promise<PasswordPolicyRow[]> {
  return tables.selectFrom('password_policy').selectAll().orderBy('account_id').execute();
}

export interface OldPasswordCount {
  readonly user_id: string;
  readonly account_id: string;
  readonly count: number;
}

/** How many each user has, in the order of their ids. */
export async function listOldPasswordCounts(
  tables: WithUsers,
  after: string,
  limit: number,
): Promise<readonly OldPasswordCount[]> {
  return tables
    .selectFrom('old_password')
    .innerJoin('iam_user', 'iam_user.user_id', 'old_password.user_id')
    .select(({ fn }) => ['iam_user.user_id', 'iam_user.account_id', fn.countAll<number>().as('count')])
    .where('old_password.user_id', '>', after)
    .groupBy('old_password.user_id')
    .orderBy('old_password.user_id')
    .limit(limit)
    .execute();
}

/** All of a user but the newest `kept`, and those that were set in the same millisecond as the oldest of these. */
export async function deleteOldPasswords(tables: Queries, userId: string, kept: number): Promise<void> {
  const oldest = kept === 0 ? undefined : (await listOldPasswords(tables, userId, kept)).at(-1)?.changed_at_ms;
  const all = tables.deleteFrom('old_password').where('user_id', '=', userId);
  await (oldest === undefined ? all : all.where('changed_at_ms', '<', oldest)).execute();
}

export function findPolicy(tables: Queries, accountId: string): Promise<PasswordPolicyRow | undefined> {
  return tables.selectFrom('password_policy').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

export async function putPolicy(tables: Queries, row: PasswordPolicyRow): Promise<void> {
  const { policy } = row;
  await tables
    .insertInto('password_policy')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ policy }))
    .execute();
}

/** False when the account has none. */
export async function deletePolicy(tables: Queries, accountId: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('password_policy')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export function findFailures(tables: Queries, subjects: readonly string[]): Promise<SignInFailureRow[]> {
  return tables.selectFrom('sign_in_failure').selectAll().where('subject', 'in', subjects).execute();
}

/** One more of the subject. */
export async function putFailure(tables: Queries, subject: string, failed_at_ms: number): Promise<void> {
  await tables
    .insertInto('sign_in_failure')
    .values({ subject, failures: 1, failed_at_ms })
    .onConflict((conflict) =>
      conflict.column('subject').doUpdateSet((row) => ({
        failures: row('sign_in_failure.failures', '+', 1),
        failed_at_ms,
      })),
    )
    .execute();
}

export async function deleteFailures(tables: Queries, subjects: readonly string[]): Promise<void> {
  await tables.deleteFrom('sign_in_failure').where('subject', 'in', subjects).execute();
}

export async function deleteFailuresBefore(tables: Queries, beforeMs: number): Promise<void> {
  await tables.deleteFrom('sign_in_failure').where('failed_at_ms', '<', beforeMs).execute();
}

/** Keeps the newest, and those that failed in the same millisecond as the oldest of them. */
export async function deleteFailuresBeyond(tables: Queries, newest: number): Promise<void> {
  const oldestKept = tables
    .selectFrom('sign_in_failure')
    .select('failed_at_ms')
    .orderBy('failed_at_ms', 'desc')
    .limit(1)
    .offset(newest - 1);
  await tables.deleteFrom('sign_in_failure').where('failed_at_ms', '<', oldestKept).execute();
}
