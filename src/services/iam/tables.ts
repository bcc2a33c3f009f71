// All tables of IAM together, each described in its own folder's tables.ts, and the steps that brought them about.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import { type AccessKeyTables, accessKeyMigrations } from './access-keys/tables.ts';
import { type AccountTables, accountStateMigration, aliasMigration } from './accounts/tables.ts';
import { type ActivityTables, activityMigration } from './activity/tables.ts';
import type { AttachmentTables } from './attachments/tables.ts';
import type { BoundaryTables } from './boundaries/tables.ts';
import { ownerMigration } from './entities/tables.ts';
import { type GroupTables, groupMigration } from './groups/tables.ts';
import type { InlinePolicyTables } from './inline-policies/tables.ts';
import { type ProfileTables, profileMigration } from './instance-profiles/tables.ts';
import { failureAgeMigration, type LoginProfileTables, loginProfileMigration } from './login-profiles/tables.ts';
import { type PolicyTables, policyMigration } from './managed-policies/tables.ts';
import { type MfaTables, mfaMigration } from './mfa/tables.ts';
import { type OidcProviderTables, oidcProviderMigration } from './oidc-providers/tables.ts';
import { type ReportTables, reportMigration } from './reports/tables.ts';
import { type RoleTables, roleMigration } from './roles/tables.ts';
import { type RoleDeletionTables, roleDeletionMigration } from './service-linked-roles/tables.ts';
import { type SessionTables, sessionMigrations } from './sessions/tables.ts';
import type { TagTables } from './tags/tables.ts';
import type { UserTables } from './users/tables.ts';

export interface IamTables
  extends AccountTables,
    UserTables,
    AccessKeyTables,
    SessionTables,
    GroupTables,
    RoleTables,
    RoleDeletionTables,
    ProfileTables,
    InlinePolicyTables,
    PolicyTables,
    AttachmentTables,
    BoundaryTables,
    MfaTables,
    LoginProfileTables,
    ReportTables,
    OidcProviderTables,
    ActivityTables,
    TagTables {}

export type IamTransaction = Transaction<IamTables>;
export type IamQueries = Kysely<IamTables> | IamTransaction;

/** The first step, from when all of IAM was users. */
const usersMigration: Migration = {
  name: '0010-iam-users',
  async up({ schema }) {
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
};

export const iamMigrations: readonly Migration[] = [
  usersMigration,
  ownerMigration,
  ...accessKeyMigrations,
  ...sessionMigrations,
  groupMigration,
  roleMigration,
  profileMigration,
  roleDeletionMigration,
  policyMigration,
  mfaMigration,
  aliasMigration,
  oidcProviderMigration,
  activityMigration,
  reportMigration,
  loginProfileMigration,
  failureAgeMigration,
  accountStateMigration,
];
