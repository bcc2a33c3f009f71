// Everything that IAM keeps of an account, as statements that remove it a few rows at a time.

import { type RawBuilder, sql } from 'kysely';
import type { IamTransaction } from '../tables.ts';

interface Part {
  readonly table: string;
  readonly column: string;
}

interface Owners extends Part {
  /** Rows that name an owner, in an order that keeps every reference right. */
  readonly parts: readonly Part[];
}

/** What every entity can have. */
const common: readonly Part[] = ['inline_policy', 'policy_attachment', 'permissions_boundary', 'iam_tag']
  .map((table) => ({ table, column: 'owner_id' }))
  .concat({ table: 'iam_activity', column: 'entity_id' });

/** By their unique ids, those first that refer to others. */
const owners: readonly Owners[] = [
  { table: 'mfa_device', column: 'serial', parts: common },
  {
    table: 'iam_user',
    column: 'user_id',
    parts: [
      ...common,
      ...['access_key', 'group_member', 'login_profile', 'old_password'].map((table) => ({ table, column: 'user_id' })),
    ],
  },
  { table: 'iam_group', column: 'group_id', parts: [...common, { table: 'group_member', column: 'group_id' }] },
  { table: 'instance_profile', column: 'profile_id', parts: common },
  { table: 'iam_role', column: 'role_id', parts: common },
  {
    table: 'customer_policy',
    column: 'policy_id',
    parts: [...common, { table: 'customer_policy_version', column: 'policy_id' }],
  },
];

/** What is an account's own, or is found by a name within it: few rows each. */
const own: readonly string[] = [
  'account_alias',
  'password_policy',
  'iam_report',
  'service_role_deletion',
  'session_revocation',
  'oidc_provider',
];

/** How many entities were removed, at most `limit` of one kind; 0 once there are none. */
export async function deleteEntities(tables: IamTransaction, accountId: string, limit: number): Promise<number> {
  for (const { table, column, parts } of owners) {
    const ids = sql`select ${sql.ref(column)} from ${sql.table(table)} where account_id = ${accountId}
      order by ${sql.ref(column)} limit ${limit}`;
    if (table === 'iam_user') await deleteKeyUses(tables, ids);
    for (const part of parts) await deleteNamed(tables, part, ids);
    const removed = await deleteNamed(tables, { table, column }, ids);
    if (removed > 0) return removed;
  }
  return 0;
}

/** What is left once there are no entities. */
export async function deleteOwn(tables: IamTransaction, accountId: string): Promise<void> {
  for (const table of own) await sql`delete from ${sql.table(table)} where account_id = ${accountId}`.execute(tables);
  // Tags of providers are kept by ARN, what the root user did by the account's id.
  const arns = `arn:aws:iam::${accountId}:`;
  await sql`delete from iam_tag where owner_id >= ${arns} and owner_id < ${`${arns}~`}`.execute(tables);
  await sql`delete from iam_activity where entity_id = ${accountId}`.execute(tables);
}

async function deleteKeyUses(tables: IamTransaction, userIds: RawBuilder<unknown>): Promise<void> {
  const keys = sql`select access_key_id from access_key where user_id in (${userIds})`;
  await sql`delete from access_key_use where access_key_id in (${keys})`.execute(tables);
}

async function deleteNamed(tables: IamTransaction, { table, column }: Part, ids: RawBuilder<unknown>): Promise<number> {
  const named = sql`delete from ${sql.table(table)} where ${sql.ref(column)} in (${ids})`;
  return Number((await named.execute(tables)).numAffectedRows ?? 0n);
}
