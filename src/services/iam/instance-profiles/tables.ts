// The table of instance profiles, each of which holds at most one role.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import { namedTable } from '../named/tables.ts';

export interface ProfileRow {
  readonly profile_id: string;
  readonly account_id: string;
  readonly profile_name: string;
  /** The name in lower case: names that differ only in case are the same name. */
  readonly name_key: string;
  readonly path: string;
  readonly role_id: string | null;
  readonly created_at_ms: number;
}

export interface ProfileTables {
  readonly instance_profile: ProfileRow;
}

type Queries = Kysely<ProfileTables> | Transaction<ProfileTables>;

const named = namedTable<ProfileTables, ProfileRow>('instance_profile');

export const findProfile = named.find;
export const listProfiles = named.list;
export const countProfiles = named.count;

export const profileMigration: Migration = {
  name: '0104-iam-instance-profiles',
  async up({ schema }) {
    await schema
      .createTable('instance_profile')
      .addColumn('profile_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('profile_name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('role_id', 'text', (column) => column.references('iam_role.role_id'))
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('instance_profile_name', ['account_id', 'name_key'])
      .execute();
    await schema.createIndex('instance_profile_role').on('instance_profile').column('role_id').execute();
  },
};

/** In the order of their folded names. */
export function listProfilesOfRole(tables: Queries, roleId: string): Promise<ProfileRow[]> {
  return tables.selectFrom('instance_profile').selectAll().where('role_id', '=', roleId).orderBy('name_key').execute();
}

export async function insertProfile(tables: Queries, row: ProfileRow): Promise<void> {
  await tables.insertInto('instance_profile').values(row).execute();
}

export async function updateProfileRole(tables: Queries, profileId: string, roleId: string | null): Promise<void> {
  await tables.updateTable('instance_profile').set({ role_id: roleId }).where('profile_id', '=', profileId).execute();
}

export async function deleteProfile(tables: Queries, profileId: string): Promise<void> {
  await tables.deleteFrom('instance_profile').where('profile_id', '=', profileId).execute();
}
