// The table of roles and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import { namedTable } from '../named/tables.ts';

export interface RoleRow {
  readonly role_id: string;
  readonly account_id: string;
  readonly role_name: string;
  /** The name in lower case: names that differ only in case are the same name. */
  readonly name_key: string;
  readonly path: string;
  readonly description: string | null;
  readonly max_session_seconds: number;
  /** For a service-linked role the service that it belongs to. */
  readonly service: string | null;
  readonly created_at_ms: number;
  /** Sealed in the account's key domain; principals in it are named by unique id. */
  readonly trust_policy: Uint8Array;
}

export interface RoleTables {
  readonly iam_role: RoleRow;
}

type Queries = Kysely<RoleTables> | Transaction<RoleTables>;

const named = namedTable<RoleTables, RoleRow>('iam_role');

export const findRole = named.find;
export const listRoles = named.list;
export const countRoles = named.count;

export const roleMigration: Migration = {
  name: '0103-iam-roles',
  async up({ schema }) {
    await schema
      .createTable('iam_role')
      .addColumn('role_id', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('role_name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('description', 'text')
      .addColumn('max_session_seconds', 'integer', (column) => column.notNull())
      .addColumn('service', 'text')
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('trust_policy', 'blob', (column) => column.notNull())
      .addUniqueConstraint('iam_role_name', ['account_id', 'name_key'])
      .execute();
  },
};

export function findRoleById(tables: Queries, roleId: string): Promise<RoleRow | undefined> {
  return tables.selectFrom('iam_role').selectAll().where('role_id', '=', roleId).executeTakeFirst();
}

export async function insertRole(tables: Queries, row: RoleRow): Promise<void> {
  await tables.insertInto('iam_role').values(row).execute();
}

type RoleChange = Partial<Pick<RoleRow, 'description' | 'max_session_seconds' | 'trust_policy'>>;

export async function updateRole(tables: Queries, roleId: string, change: RoleChange): Promise<void> {
  if (Object.keys(change).length === 0) return;
  await tables.updateTable('iam_role').set(change).where('role_id', '=', roleId).execute();
}

export async function deleteRole(tables: Queries, roleId: string): Promise<void> {
  await tables.deleteFrom('iam_role').where('role_id', '=', roleId).execute();
}

/** The next roles of all accounts in the order of their ids. */
export function walkRoles(tables: Queries, after: string, limit: number): Promise<RoleRow[]> {
  return tables
    .selectFrom('iam_role')
    .selectAll()
    .where('role_id', '>', after)
    .orderBy('role_id')
    .limit(limit)
    .execute();
}
