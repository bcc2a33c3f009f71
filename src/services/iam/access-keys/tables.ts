// The tables of access keys and of when each was last used, and every query on them.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { UserRow, UserTables } from '../users/tables.ts';

export interface AccessKeyRow {
  readonly access_key_id: string;
  readonly user_id: string;
  /** Sealed in the account's key domain. */
  readonly secret: Uint8Array;
  readonly status: string;
  readonly created_at_ms: number;
}

/** The last use that was recorded of a key; kept apart from the key, so that recording a use drops no cache of it. */
export interface AccessKeyUseRow {
  readonly access_key_id: string;
  readonly used_at_ms: number;
  /** The service's signing name, such as `ecr`. */
  readonly service: string;
  readonly region: string;
}

export interface AccessKeyTables extends UserTables {
  readonly access_key: AccessKeyRow;
  readonly access_key_use: AccessKeyUseRow;
}

type Queries = Kysely<AccessKeyTables> | Transaction<AccessKeyTables>;

export const accessKeyMigrations: readonly Migration[] = [
  {
    name: '0101-iam-access-key-uses',
    async up({ schema }) {
      await schema
        .createTable('access_key_use')
        .addColumn('access_key_id', 'text', (column) => column.primaryKey())
        .addColumn('used_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('service', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .execute();
    },
  },
];

export function listAccessKeys(tables: Queries, userId: string): Promise<AccessKeyRow[]> {
  return tables.selectFrom('access_key').selectAll().where('user_id', '=', userId).orderBy('access_key_id').execute();
}

/** A key with its owner: all that authentication needs, in one look-up. */
export function findAccessKey(tables: Queries, accessKeyId: string): Promise<(AccessKeyRow & UserRow) | undefined> {
  return tables
    .selectFrom('access_key')
    .innerJoin('iam_user', 'iam_user.user_id', 'access_key.user_id')
    .selectAll('iam_user')
    .select(['access_key.access_key_id', 'access_key.secret', 'access_key.status'])
    .select('access_key.created_at_ms as created_at_ms')
    .where('access_key.access_key_id', '=', accessKeyId)
    .executeTakeFirst();
}

export async function insertAccessKey(tables: Queries, row: AccessKeyRow): Promise<void> {
  await tables.insertInto('access_key').values(row).execute();
}

/** False when the user has no such key. */
export async function updateKeyStatus(
  tables: Queries,
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

/** False when the user has no such key. Its last use goes with it. */
export async function deleteAccessKey(tables: Queries, userId: string, accessKeyId: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('access_key')
    .where('access_key_id', '=', accessKeyId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (numDeletedRows > 0n) {
    await tables.deleteFrom('access_key_use').where('access_key_id', '=', accessKeyId).execute();
  }
  return numDeletedRows > 0n;
}

/** The user and the last use of a key; undefined when there is no such key. */
export function findKeyUse(tables: Queries, accessKeyId: string) {
  return tables
    .selectFrom('access_key')
    .innerJoin('iam_user', 'iam_user.user_id', 'access_key.user_id')
    .leftJoin('access_key_use', 'access_key_use.access_key_id', 'access_key.access_key_id')
    .select(['iam_user.account_id', 'iam_user.user_name', 'iam_user.path'])
    .select(['access_key_use.used_at_ms', 'access_key_use.service', 'access_key_use.region'])
    .where('access_key.access_key_id', '=', accessKeyId)
    .executeTakeFirst();
}

/** Of each key the latest of its uses that are known; keys that are gone are left out. */
export async function recordUses(tables: Queries, uses: readonly AccessKeyUseRow[]): Promise<void> {
  for (const { access_key_id, used_at_ms, service, region } of uses) {
    await tables
      .insertInto('access_key_use')
      .columns(['access_key_id', 'used_at_ms', 'service', 'region'])
      .expression((from) =>
        from
          .selectFrom('access_key')
          .select((row) => [
            'access_key_id',
            row.val(used_at_ms).as('used_at_ms'),
            row.val(service).as('service'),
            row.val(region).as('region'),
          ])
          .where('access_key_id', '=', access_key_id),
      )
      .onConflict((conflict) =>
        conflict
          .column('access_key_id')
          .doUpdateSet({ used_at_ms, service, region })
          .where('access_key_use.used_at_ms', '<', used_at_ms),
      )
      .execute();
  }
}

/** The next access keys in the order of their ids. */
export async function walkAccessKeys(tables: Queries, after: string, limit: number): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('access_key')
    .select('access_key_id')
    .where('access_key_id', '>', after)
    .orderBy('access_key_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.access_key_id);
}
