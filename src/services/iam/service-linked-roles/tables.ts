// The table of service-linked roles that were deleted: their tasks can be asked about afterwards.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface RoleDeletionRow {
  /** `task/aws-service-role/<service>/<role name>/<uuid>` */
  readonly task_id: string;
  readonly account_id: string;
  readonly deleted_at_ms: number;
}

export interface RoleDeletionTables {
  readonly service_role_deletion: RoleDeletionRow;
}

type Queries = Kysely<RoleDeletionTables> | Transaction<RoleDeletionTables>;

export const roleDeletionMigration: Migration = {
  name: '0105-iam-service-role-deletions',
  async up({ schema }) {
    await schema
      .createTable('service_role_deletion')
      .addColumn('task_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('deleted_at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

export function findRoleDeletion(tables: Queries, taskId: string): Promise<RoleDeletionRow | undefined> {
  return tables.selectFrom('service_role_deletion').selectAll().where('task_id', '=', taskId).executeTakeFirst();
}

/** Tasks of the account from before `keptSinceMs` are forgotten. */
export async function insertRoleDeletion(tables: Queries, row: RoleDeletionRow, keptSinceMs: number): Promise<void> {
  await tables
    .deleteFrom('service_role_deletion')
    .where('account_id', '=', row.account_id)
    .where('deleted_at_ms', '<', keptSinceMs)
    .execute();
  await tables.insertInto('service_role_deletion').values(row).execute();
}
