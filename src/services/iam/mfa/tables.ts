// The table of virtual MFA devices and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import type { UserTables } from '../users/tables.ts';

export interface MfaDeviceRow {
  /** The device's ARN, path and all. */
  readonly serial: string;
  readonly account_id: string;
  /** The name in lower case: names that differ only in case are the same name. */
  readonly name_key: string;
  /** Sealed in the account's key domain. */
  readonly seed: Uint8Array;
  readonly created_at_ms: number;
  /** Whose it is; null until somebody enables it. */
  readonly user_id: string | null;
  readonly enabled_at_ms: number | null;
  /** The step whose code was the last to be used: this one and earlier ones are used up. */
  readonly last_step: number;
  /** How many steps the device's clock is ahead of ours, as ResyncMFADevice found it. */
  readonly drift_steps: number;
  readonly failures: number;
  readonly locked_until_ms: number;
}

export interface MfaTables extends UserTables {
  readonly mfa_device: MfaDeviceRow;
}

type Queries = Kysely<MfaTables> | Transaction<MfaTables>;

export const mfaMigration: Migration = {
  name: '0160-iam-mfa-devices',
  async up({ schema }) {
    await schema
      .createTable('mfa_device')
      .addColumn('serial', 'text', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('name_key', 'text', (column) => column.notNull())
      .addColumn('seed', 'blob', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.references('iam_user.user_id'))
      .addColumn('enabled_at_ms', 'bigint')
      .addColumn('last_step', 'bigint', (column) => column.notNull())
      .addColumn('drift_steps', 'integer', (column) => column.notNull())
      .addColumn('failures', 'integer', (column) => column.notNull())
      .addColumn('locked_until_ms', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('mfa_device_name', ['account_id', 'name_key'])
      .execute();
    await schema.createIndex('mfa_device_user').on('mfa_device').column('user_id').execute();
  },
};

export function findDevice(tables: Queries, serial: string): Promise<MfaDeviceRow | undefined> {
  return tables.selectFrom('mfa_device').selectAll().where('serial', '=', serial).executeTakeFirst();
}

export function findDeviceByName(tables: Queries, accountId: string, name: string): Promise<MfaDeviceRow | undefined> {
  return tables
    .selectFrom('mfa_device')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name_key', '=', name.toLowerCase())
    .executeTakeFirst();
}

/** In the order of their serial numbers. */
export function listDevicesOf(tables: Queries, userId: string): Promise<MfaDeviceRow[]> {
  return tables.selectFrom('mfa_device').selectAll().where('user_id', '=', userId).orderBy('serial').execute();
}

export type Assignment = 'Assigned' | 'Unassigned' | 'Any';

/** Devices of an account in the order of their serial numbers, after `after`. */
export function listDevices(
  tables: Queries,
  query: {
    readonly accountId: string;
    readonly assignment: Assignment;
    readonly after: string;
    readonly limit: number;
  },
): Promise<MfaDeviceRow[]> {
  const all = tables
    .selectFrom('mfa_device')
    .selectAll()
    .where('account_id', '=', query.accountId)
    .where('serial', '>', query.after)
    .orderBy('serial')
    .limit(query.limit);
  if (query.assignment === 'Any') return all.execute();
  return all.where('user_id', query.assignment === 'Assigned' ? 'is not' : 'is', null).execute();
}

/** How many devices an account has, or how many of them are assigned to users. */
export async function countDevices(
  tables: Queries,
  accountId: string,
  assignment: 'Assigned' | 'Any',
): Promise<number> {
  const all = tables
    .selectFrom('mfa_device')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId);
  const row = await (assignment === 'Any' ? all : all.where('user_id', 'is not', null)).executeTakeFirst();
  return Number(row?.count ?? 0);
}

export async function insertDevice(tables: Queries, row: MfaDeviceRow): Promise<void> {
  await tables.insertInto('mfa_device').values(row).execute();
}

export type DeviceChange = Partial<
  Pick<MfaDeviceRow, 'user_id' | 'enabled_at_ms' | 'last_step' | 'drift_steps' | 'failures' | 'locked_until_ms'>
>;

export async function updateDevice(tables: Queries, serial: string, change: DeviceChange): Promise<void> {
  await tables.updateTable('mfa_device').set(change).where('serial', '=', serial).execute();
}

export async function deleteDevice(tables: Queries, serial: string): Promise<void> {
  await tables.deleteFrom('mfa_device').where('serial', '=', serial).execute();
}

/** The next devices of all accounts in the order of their serial numbers. */
export function walkDevices(tables: Queries, after: string, limit: number): Promise<MfaDeviceRow[]> {
  return tables
    .selectFrom('mfa_device')
    .selectAll()
    .where('serial', '>', after)
    .orderBy('serial')
    .limit(limit)
    .execute();
}
