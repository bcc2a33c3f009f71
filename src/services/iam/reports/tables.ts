// The table of reports that were made, and the queries over all users of an account that they are made of.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { AccessKeyTables } from '../access-keys/tables.ts';
import type { LoginProfileTables } from '../login-profiles/tables.ts';
import type { MfaTables } from '../mfa/tables.ts';
import type { UserRow } from '../users/tables.ts';

export interface ReportRow {
  readonly report_id: string;
  readonly account_id: string;
  readonly kind: 'credentials' | 'last-accessed';
  readonly made_at_ms: number;
  /** Sealed in the account's key domain. */
  readonly body: Uint8Array;
}

export interface ReportTables extends AccessKeyTables, LoginProfileTables, MfaTables {
  readonly iam_report: ReportRow;
}

type Queries = Kysely<ReportTables> | Transaction<ReportTables>;

export const reportMigration: Migration = {
  name: '0162-iam-reports',
  async up({ schema }) {
    await schema
      .createTable('iam_report')
      .addColumn('report_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('body', 'blob', (column) => column.notNull())
      .execute();
    await schema.createIndex('iam_report_age').on('iam_report').columns(['account_id', 'made_at_ms']).execute();
  },
};

export function findReport(tables: Queries, reportId: string): Promise<ReportRow | undefined> {
  return tables.selectFrom('iam_report').selectAll().where('report_id', '=', reportId).executeTakeFirst();
}

/** The next reports in the order of their ids. */
export async function walkReports(tables: Queries, after: string, limit: number): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('iam_report')
    .select('report_id')
    .where('report_id', '>', after)
    .orderBy('report_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.report_id);
}

/** Puts it in the place of one with the same id. */
export async function putReport(tables: Queries, row: ReportRow): Promise<void> {
  const { made_at_ms, body } = row;
  await tables
    .insertInto('iam_report')
    .values(row)
    .onConflict((conflict) => conflict.column('report_id').doUpdateSet({ made_at_ms, body }))
    .execute();
}

/** Keeps of one kind the newest `max` of an account. */
export async function deleteOldReports(
  tables: Queries,
  { account_id, kind }: Pick<ReportRow, 'account_id' | 'kind'>,
  max: number,
): Promise<void> {
  const newest = tables
    .selectFrom('iam_report')
    .select('report_id')
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .orderBy('made_at_ms', 'desc')
    .limit(max);
  await tables
    .deleteFrom('iam_report')
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .where('report_id', 'not in', newest)
    .execute();
}

/** In the order of their names. */
export function listAllUsers(tables: Queries, accountId: string): Promise<UserRow[]> {
  return tables.selectFrom('iam_user').selectAll().where('account_id', '=', accountId).orderBy('name_key').execute();
}

/** Access keys of all users of an account with their last uses, the oldest first. */
export function listAllKeys(tables: Queries, accountId: string) {
  return tables
    .selectFrom('access_key')
    .innerJoin('iam_user', 'iam_user.user_id', 'access_key.user_id')
    .leftJoin('access_key_use', 'access_key_use.access_key_id', 'access_key.access_key_id')
    .select(['access_key.user_id', 'access_key.status', 'access_key.created_at_ms'])
    .select(['access_key_use.used_at_ms', 'access_key_use.service', 'access_key_use.region'])
    .where('iam_user.account_id', '=', accountId)
    .orderBy('access_key.created_at_ms')
    .orderBy('access_key.access_key_id')
    .execute();
}

/** When each password of an account's users was set. */
export function listAllPasswords(tables: Queries, accountId: string) {
  return tables
    .selectFrom('login_profile')
    .innerJoin('iam_user', 'iam_user.user_id', 'login_profile.user_id')
    .select(['login_profile.user_id', 'login_profile.changed_at_ms'])
    .where('iam_user.account_id', '=', accountId)
    .execute();
}

/** The ids of the users of an account who have MFA. */
export async function listMfaUsers(tables: Queries, accountId: string): Promise<ReadonlySet<string | null>> {
  const rows = await tables
    .selectFrom('mfa_device')
    .select('user_id')
    .where('account_id', '=', accountId)
    .where('user_id', 'is not', null)
    .execute();
  return new Set(rows.map((row) => row.user_id));
}
