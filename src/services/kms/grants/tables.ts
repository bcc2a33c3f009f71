// The table of grants and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface GrantRow {
  /** 64 hex digits. */
  readonly grant_id: string;
  readonly key_id: string;
  readonly region: string;
  /** A unique id, the ARN of an account's root or of a federated user, or a service's name. */
  readonly grantee: string;
  readonly retiring: string | null;
  /** The account of who made it. */
  readonly issuing_account: string;
  readonly grant_name: string | null;
  /** Bits, see rights.ts. */
  readonly operations: number;
  readonly constraint_type: string | null;
  /** JSON. */
  readonly constraint_context: string | null;
  /** What a use finds it by, see context-constraint.ts. */
  readonly anchor: string;
  /** Of everything that was asked for, where it has a name: the same again is the same grant. */
  readonly fingerprint: string | null;
  readonly created_at_ms: number;
}

/** How many grants a key has, so that nobody has to count them. */
interface GrantCountRow {
  readonly key_id: string;
  readonly region: string;
  readonly grants: number;
}

export interface GrantTables {
  readonly kms_grant: GrantRow;
  readonly kms_grant_count: GrantCountRow;
}

type Queries = Kysely<GrantTables> | Transaction<GrantTables>;
export type KeyRef = Pick<GrantRow, 'key_id' | 'region'>;

export const grantMigration: Migration = {
  name: '0310-kms-grants',
  async up({ schema }) {
    await schema
      .createTable('kms_grant')
      .addColumn('grant_id', 'text', (column) => column.primaryKey())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('grantee', 'text', (column) => column.notNull())
      .addColumn('retiring', 'text')
      .addColumn('issuing_account', 'text', (column) => column.notNull())
      .addColumn('grant_name', 'text')
      .addColumn('operations', 'integer', (column) => column.notNull())
      .addColumn('constraint_type', 'text')
      .addColumn('constraint_context', 'text')
      .addColumn('anchor', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text')
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addForeignKeyConstraint('kms_grant_of', ['key_id', 'region'], 'kms_key', ['key_id', 'region'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await schema
      .createTable('kms_grant_count')
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('grants', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('kms_grant_count_key', ['key_id', 'region'])
      .addForeignKeyConstraint('kms_grant_count_of', ['key_id', 'region'], 'kms_key', ['key_id', 'region'], (key) =>
        key.onDelete('cascade'),
      )
      .execute();
    await index('kms_grant_use', ['key_id', 'region', 'grantee', 'anchor', 'operations']);
    await index('kms_grant_key', ['key_id', 'region', 'grant_id']);
    await index('kms_grant_grantee', ['key_id', 'region', 'grantee', 'grant_id']);
    await index('kms_grant_retiring', ['retiring', 'region', 'grant_id']);
    await index('kms_grant_fingerprint', ['key_id', 'region', 'fingerprint']);

    async function index(name: string, columns: readonly string[]): Promise<void> {
      await schema
        .createIndex(name)
        .on('kms_grant')
        .columns([...columns])
        .execute();
    }
  },
};

export type UsableRow = Pick<GrantRow, 'grantee' | 'operations' | 'constraint_type' | 'constraint_context'>;

/** Whether a key grants anything to any of these. */
export async function hasGrant(
  tables: Queries,
  { key_id, region }: KeyRef,
  grantees: readonly string[],
): Promise<boolean> {
  const row = await tables
    .selectFrom('kms_grant')
    .select('grantee')
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .where('grantee', 'in', grantees)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What a key grants to any of these, told once however many grants say it; of all anchors where none are given. */
export function listUsable(
  tables: Queries,
  { key_id, region }: KeyRef,
  grantees: readonly string[],
  anchors?: readonly string[],
): Promise<UsableRow[]> {
  const ofKey = tables
    .selectFrom('kms_grant')
    .select(['grantee', 'operations', 'constraint_type', 'constraint_context'])
    .distinct()
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .where('grantee', 'in', grantees);
  return (anchors === undefined ? ofKey : ofKey.where('anchor', 'in', anchors)).execute();
}

/** The same, whatever they are constrained to. */
export async function listRights(
  tables: Queries,
  { key_id, region }: KeyRef,
  grantees: readonly string[],
): Promise<ReadonlyArray<Pick<GrantRow, 'grantee' | 'operations'>>> {
  return tables
    .selectFrom('kms_grant')
    .select(['grantee', 'operations'])
    .distinct()
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .where('grantee', 'in', grantees)
    .execute();
}

export function findGrantRow(tables: Queries, grantId: string): Promise<GrantRow | undefined> {
  return tables.selectFrom('kms_grant').selectAll().where('grant_id', '=', grantId).executeTakeFirst();
}

export function findSameGrant(
  tables: Queries,
  { key_id, region }: KeyRef,
  fingerprint: string,
): Promise<GrantRow | undefined> {
  return tables
    .selectFrom('kms_grant')
    .selectAll()
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
}

/** In the order of their ids, after one of them. */
export function listGrantRows(
  tables: Queries,
  { key_id, region }: KeyRef,
  grantee: string | undefined,
  after: string,
  limit: number,
): Promise<GrantRow[]> {
  const ofKey = tables.selectFrom('kms_grant').selectAll().where('key_id', '=', key_id).where('region', '=', region);
  return (grantee === undefined ? ofKey : ofKey.where('grantee', '=', grantee))
    .where('grant_id', '>', after)
    .orderBy('grant_id')
    .limit(limit)
    .execute();
}

/** Of all keys of a region, in the order of their ids, after one of them. */
export function listRetirableRows(
  tables: Queries,
  region: string,
  retiring: string,
  after: string,
  limit: number,
): Promise<GrantRow[]> {
  return tables
    .selectFrom('kms_grant')
    .selectAll()
    .where('retiring', '=', retiring)
    .where('region', '=', region)
    .where('grant_id', '>', after)
    .orderBy('grant_id')
    .limit(limit)
    .execute();
}

export async function countGrants(tables: Queries, { key_id, region }: KeyRef): Promise<number> {
  const row = await tables
    .selectFrom('kms_grant_count')
    .select('grants')
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .executeTakeFirst();
  return row?.grants ?? 0;
}

export async function insertGrantRow(tables: Queries, row: GrantRow): Promise<void> {
  await tables.insertInto('kms_grant').values(row).execute();
  await count(tables, row, 1);
}

/** False where there is no such grant. */
export async function deleteGrantRow(tables: Queries, row: Pick<GrantRow, 'grant_id'> & KeyRef): Promise<boolean> {
  const { grant_id, key_id, region } = row;
  const { numDeletedRows } = await tables
    .deleteFrom('kms_grant')
    .where('grant_id', '=', grant_id)
    .where('key_id', '=', key_id)
    .where('region', '=', region)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await count(tables, row, -1);
  return true;
}

async function count(tables: Queries, { key_id, region }: KeyRef, by: 1 | -1): Promise<void> {
  await tables
    .insertInto('kms_grant_count')
    .values({ key_id, region, grants: 1 })
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'region']).doUpdateSet((row) => ({ grants: row('kms_grant_count.grants', '+', by) })),
    )
    .execute();
}
