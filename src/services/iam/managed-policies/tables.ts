// The tables of customer-managed policies and of their versions, and every query on them.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface PolicyRow {
  /** `ANPA…`: what its tags hang on. */
  readonly policy_id: string;
  readonly account_id: string;
  readonly policy_name: string;
  /** The name in lower case: names that differ only in case are the same name, whatever their paths. */
  readonly name_key: string;
  readonly path: string;
  readonly description: string | null;
  /** The number of the version that counts. */
  readonly default_version: number;
  /** Numbers are never given twice. */
  readonly last_version: number;
  readonly created_at_ms: number;
  /** When its newest version was made. */
  readonly updated_at_ms: number;
}

/** A version never changes. */
export interface VersionRow {
  /** `ANVA…`: never given twice. */
  readonly version_id: string;
  readonly policy_id: string;
  readonly version: number;
  readonly created_at_ms: number;
  /** Sealed in the account's key domain. */
  readonly document: Uint8Array;
}

export type VersionKey = Omit<VersionRow, 'document'>;

export interface PolicyTables {
  readonly customer_policy: PolicyRow;
  readonly customer_policy_version: VersionRow;
}

type Queries = Kysely<PolicyTables> | Transaction<PolicyTables>;

export const policyMigration: Migration = {
  name: '0110-iam-customer-policies',
  async up({ schema }) {
    await schema
      .createTable('customer_policy')
      .addColumn('policy_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('policy_name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('description', 'text')
      .addColumn('default_version', 'integer', (column) => column.notNull())
      .addColumn('last_version', 'integer', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('customer_policy_name', ['account_id', 'name_key'])
      .execute();
    await schema
      .createTable('customer_policy_version')
      .addColumn('version_id', 'text', (column) => column.primaryKey())
      .addColumn('policy_id', 'text', (column) => column.notNull().references('customer_policy.policy_id'))
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('document', 'blob', (column) => column.notNull())
      .addUniqueConstraint('customer_policy_version_number', ['policy_id', 'version'])
      .execute();
  },
};

export function findPolicyRow(tables: Queries, accountId: string, policyName: string): Promise<PolicyRow | undefined> {
  return tables
    .selectFrom('customer_policy')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '=', policyName.toLowerCase())
    .executeTakeFirst();
}

/** All policies of an account, of which its quota allows 1,500. */
export function listPolicyRows(tables: Queries, accountId: string): Promise<PolicyRow[]> {
  return tables.selectFrom('customer_policy').selectAll().where('account_id', '=', accountId).execute();
}

export async function countPolicies(tables: Queries, accountId: string): Promise<number> {
  const row = await tables
    .selectFrom('customer_policy')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Versions of all policies of an account together. */
export async function countVersions(tables: Queries, accountId: string): Promise<number> {
  const row = await tables
    .selectFrom('customer_policy_version')
    .innerJoin('customer_policy', 'customer_policy.policy_id', 'customer_policy_version.policy_id')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('customer_policy.account_id', '=', accountId)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

export async function insertPolicy(tables: Queries, row: PolicyRow): Promise<void> {
  await tables.insertInto('customer_policy').values(row).execute();
}

type PolicyChange = Partial<Pick<PolicyRow, 'default_version' | 'last_version' | 'updated_at_ms'>>;

export async function updatePolicy(tables: Queries, policyId: string, change: PolicyChange): Promise<void> {
  await tables.updateTable('customer_policy').set(change).where('policy_id', '=', policyId).execute();
}

/** The policy and its versions. */
export async function deletePolicyRows(tables: Queries, policyId: string): Promise<void> {
  await tables.deleteFrom('customer_policy_version').where('policy_id', '=', policyId).execute();
  await tables.deleteFrom('customer_policy').where('policy_id', '=', policyId).execute();
}

/** The newest first. */
export function listVersionKeys(tables: Queries, policyId: string): Promise<VersionKey[]> {
  return tables
    .selectFrom('customer_policy_version')
    .select(['version_id', 'policy_id', 'version', 'created_at_ms'])
    .where('policy_id', '=', policyId)
    .orderBy('version', 'desc')
    .execute();
}

export function findVersion(tables: Queries, policyId: string, version: number): Promise<VersionRow | undefined> {
  return tables
    .selectFrom('customer_policy_version')
    .selectAll()
    .where('policy_id', '=', policyId)
    .where('version', '=', version)
    .executeTakeFirst();
}

export async function insertVersion(tables: Queries, row: VersionRow): Promise<void> {
  await tables.insertInto('customer_policy_version').values(row).execute();
}

export async function deleteVersion(tables: Queries, policyId: string, version: number): Promise<void> {
  await tables
    .deleteFrom('customer_policy_version')
    .where('policy_id', '=', policyId)
    .where('version', '=', version)
    .execute();
}

export type WalkedVersion = VersionRow & Pick<PolicyRow, 'account_id' | 'policy_name' | 'path'>;

/** The next versions of all accounts in the order of their ids. */
export function walkVersions(tables: Queries, after: string, limit: number): Promise<WalkedVersion[]> {
  return tables
    .selectFrom('customer_policy_version')
    .innerJoin('customer_policy', 'customer_policy.policy_id', 'customer_policy_version.policy_id')
    .selectAll('customer_policy_version')
    .select(['customer_policy.account_id', 'customer_policy.policy_name', 'customer_policy.path'])
    .where('customer_policy_version.version_id', '>', after)
    .orderBy('customer_policy_version.version_id')
    .limit(limit)
    .execute();
}
