// The table of what each user, role and root did last: one row for each entity and action.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface ActivityRow {
  /** Unique id of the user or role; the account's id for its root user. */
  readonly entity_id: string;
  /** With its service: `ecr:BatchGetImage`. */
  readonly action: string;
  readonly used_at_ms: number;
  readonly region: string;
}

export interface ActivityTables {
  readonly iam_activity: ActivityRow;
}

type Queries = Kysely<ActivityTables> | Transaction<ActivityTables>;

export const activityMigration: Migration = {
  name: '0161-iam-activity',
  async up({ schema }) {
    await schema
      .createTable('iam_activity')
      .addColumn('entity_id', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('used_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_activity_key', ['entity_id', 'action'])
      .execute();
    await schema.createIndex('iam_activity_age').on('iam_activity').column('used_at_ms').execute();
  },
};

/** Of each entity and action the latest use that is known. */
export async function upsertActivities(tables: Queries, rows: readonly ActivityRow[]): Promise<void> {
  for (const row of rows) {
    const { used_at_ms, region } = row;
    await tables
      .insertInto('iam_activity')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['entity_id', 'action'])
          .doUpdateSet({ used_at_ms, region })
          .where('iam_activity.used_at_ms', '<', used_at_ms),
      )
      .execute();
  }
}

/** In the order of their actions. */
export function listActivities(tables: Queries, entityIds: readonly string[]): Promise<ActivityRow[]> {
  return tables
    .selectFrom('iam_activity')
    .selectAll()
    .where('entity_id', 'in', entityIds)
    .orderBy('action')
    .orderBy('entity_id')
    .execute();
}

export function findLastActivity(tables: Queries, entityId: string): Promise<ActivityRow | undefined> {
  return tables
    .selectFrom('iam_activity')
    .selectAll()
    .where('entity_id', '=', entityId)
    .orderBy('used_at_ms', 'desc')
    .executeTakeFirst();
}

export async function deleteActivitiesBefore(tables: Queries, beforeMs: number): Promise<void> {
  await tables.deleteFrom('iam_activity').where('used_at_ms', '<', beforeMs).execute();
}
