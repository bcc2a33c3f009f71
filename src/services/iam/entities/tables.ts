// The schema step that lets users, groups and roles share the tables of what hangs on them, keyed by unique id.

import type { Kysely } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

/** As they were when only users had policies. */
interface OldTables {
  readonly iam_user: { readonly user_id: string; readonly account_id: string };
  readonly user_policy: { readonly user_id: string; readonly policy_name: string; readonly document: Uint8Array };
  readonly user_attachment: { readonly user_id: string; readonly policy_arn: string };
  readonly inline_policy: {
    readonly owner_id: string;
    readonly account_id: string;
    readonly policy_name: string;
    readonly document: Uint8Array;
  };
  readonly policy_attachment: { readonly owner_id: string; readonly account_id: string; readonly policy_arn: string };
}

/** Makes `inline_policy`, `policy_attachment`, `permissions_boundary` and `iam_tag`, and moves users' rows over. */
export const ownerMigration: Migration = {
  name: '0100-iam-owners',
  async up(database) {
    const { schema } = database;
    await schema
      .createTable('inline_policy')
      .addColumn('owner_id', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('policy_name', 'text', (column) => column.notNull())
      .addColumn('document', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('inline_policy_key', ['owner_id', 'policy_name'])
      .execute();
    await schema
      .createTable('policy_attachment')
      .addColumn('owner_id', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('policy_arn', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('policy_attachment_key', ['owner_id', 'policy_arn'])
      .execute();
    await schema
      .createIndex('policy_attachment_policy')
      .on('policy_attachment')
      .columns(['account_id', 'policy_arn'])
      .execute();
    await schema
      .createTable('permissions_boundary')
      .addColumn('owner_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('policy_arn', 'text', (column) => column.notNull())
      .execute();
    await schema
      .createIndex('permissions_boundary_policy')
      .on('permissions_boundary')
      .columns(['account_id', 'policy_arn'])
      .execute();
    await schema
      .createTable('iam_tag')
      .addColumn('owner_id', 'text', (column) => column.notNull())
      .addColumn('key_fold', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_tag_key', ['owner_id', 'key_fold'])
      .execute();
    await moveRows(database as Kysely<OldTables>);
    await schema.dropTable('user_policy').execute();
    await schema.dropTable('user_attachment').execute();
  },
};

async function moveRows(tables: Kysely<OldTables>): Promise<void> {
  await tables
    .insertInto('inline_policy')
    .columns(['owner_id', 'account_id', 'policy_name', 'document'])
    .expression((from) =>
      from
        .selectFrom('user_policy')
        .innerJoin('iam_user', 'iam_user.user_id', 'user_policy.user_id')
        .select(['user_policy.user_id', 'iam_user.account_id', 'user_policy.policy_name', 'user_policy.document']),
    )
    .execute();
  await tables
    .insertInto('policy_attachment')
    .columns(['owner_id', 'account_id', 'policy_arn'])
    .expression((from) =>
      from
        .selectFrom('user_attachment')
        .innerJoin('iam_user', 'iam_user.user_id', 'user_attachment.user_id')
        .select(['user_attachment.user_id', 'iam_user.account_id', 'user_attachment.policy_arn']),
    )
    .execute();
}
