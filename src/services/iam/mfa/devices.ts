// Virtual MFA devices: the rules, over the tables.

import type { AccountId } from '#core/account.ts';
import { iamArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { requireEntity } from '../entities/find.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { alreadyExists, limitExceeded } from '../refusals.ts';
import type { IamQueries, IamTables, IamTransaction } from '../tables.ts';
import { deleteTags } from '../tags/tables.ts';
import { storeTags, type Tag, tagsOf } from '../tags/tags.ts';
import { findUserById, type UserRow } from '../users/tables.ts';
import { seedContext, skewSteps, tryCodes, useUp, withSeed } from './codes.ts';
import { noFailures } from './lockout.ts';
import * as rows from './tables.ts';
import { stepAt } from './totp.ts';

/** 320 bits, as AWS gives: 64 letters of base32. */
const seedBytes = 40;

export interface NewDevice {
  readonly accountId: AccountId;
  readonly name: string;
  readonly path: string;
  readonly tags: readonly Tag[];
}

/** Two codes that the device showed one after the other. */
export type TwoCodes = readonly [first: string, second: string];

export interface OwnDevice {
  readonly accountId: AccountId;
  readonly userName: string;
  readonly serial: string;
}

export interface MfaDevices {
  /** The seed is told once, here. */
  create(device: NewDevice): Promise<{ readonly row: rows.MfaDeviceRow; readonly seed: Buffer }>;
  enable(device: OwnDevice, codes: TwoCodes): Promise<void>;
  deactivate(device: OwnDevice): Promise<void>;
  resync(device: OwnDevice, codes: TwoCodes): Promise<void>;
  remove(accountId: AccountId, serial: string): Promise<void>;
  /** One that is enabled, with its user; `userName` asks for one of this user. */
  get(accountId: AccountId, serial: string, userName?: string): Promise<[rows.MfaDeviceRow, UserRow]>;
  ofUser(accountId: AccountId, userName: string): Promise<readonly rows.MfaDeviceRow[]>;
  list(query: Parameters<typeof rows.listDevices>[1]): Promise<readonly rows.MfaDeviceRow[]>;
  userOf(device: rows.MfaDeviceRow): Promise<UserRow | undefined>;
  tags(serial: string): Promise<readonly Tag[]>;
}

export function openMfaDevices(store: IamStore): MfaDevices {
  const tables = store.database.tables<IamTables>();
  const userOf = async ({ user_id }: rows.MfaDeviceRow) =>
    user_id === null ? undefined : findUserById(tables, user_id);
  return {
    create: (device) => createDevice(store, device),
    enable: (device, codes) => enableDevice(store, device, codes),
    resync: (device, codes) => resyncDevice(store, device, codes),
    deactivate: (device) =>
      store.change(async (transaction) => {
        const { serial } = await requireOwn(transaction, device);
        await rows.updateDevice(transaction, serial, { user_id: null, enabled_at_ms: null });
      }),
    remove: (accountId, serial) =>
      store.change(async (transaction) => {
        const { user_id } = await requireDevice(transaction, accountId, serial);
        if (user_id !== null) {
          throw new DomainError('delete-conflict', 'MFA VirtualDevice in use. Must deactivate first.', {});
        }
        await deleteTags(transaction, serial);
        await rows.deleteDevice(transaction, serial);
      }),
    async get(accountId, serial, userName) {
      if (userName !== undefined) await requireOwn(tables, { accountId, userName, serial });
      const device = await requireDevice(tables, accountId, serial);
      const user = await userOf(device);
      if (user === undefined) throw noSuchDevice(serial);
      return [device, user];
    },
    ofUser: async (accountId, userName) => rows.listDevicesOf(tables, await userId(tables, accountId, userName)),
    list: (query) => rows.listDevices(tables, query),
    userOf,
    tags: (serial) => tagsOf(tables, serial),
  };
}

/** Throws no-such-entity. */
export async function requireDevice(tables: IamQueries, accountId: AccountId, serial: string) {
  const device = await rows.findDevice(tables, serial);
  if (device?.account_id !== accountId) throw noSuchDevice(serial);
  return device;
}

/** Throws no-such-entity, also for a device of somebody else. */
async function requireOwn(tables: IamQueries, { accountId, userName, serial }: OwnDevice) {
  const id = await userId(tables, accountId, userName);
  const device = await rows.findDevice(tables, serial);
  if (device?.user_id !== id) throw new DomainError('no-such-entity', 'MFA Device invalid for user.', {});
  return device;
}

async function userId(tables: IamQueries, accountId: AccountId, name: string): Promise<string> {
  return (await requireEntity(tables, { kind: 'user', accountId, name })).id;
}

function noSuchDevice(serial: string): DomainError {
  return new DomainError('no-such-entity', `VirtualMFADevice with serial number ${serial} does not exist.`, {});
}

function wrongCodes(): DomainError {
  return new DomainError('invalid-authentication-code', 'Authentication code for device is not valid.', {});
}

async function createDevice(store: IamStore, { accountId, name, path, tags }: NewDevice) {
  const serial = iamArn(accountId, 'mfa', path, name);
  if (serial.length > limits.mfaSerialCharsMax) {
    const message = `The serial number ${serial} is longer than ${limits.mfaSerialCharsMax} characters.`;
    throw new DomainError('validation-failed', message, {});
  }
  const seed = store.random.bytes(seedBytes);
  const sealed = await store.keyRing.seal(await accountDomain(store, accountId), seedContext(serial), seed);
  const row: rows.MfaDeviceRow = {
    serial,
    account_id: accountId,
    name_key: name.toLowerCase(),
    seed: sealed,
    created_at_ms: store.clock.nowMs(),
    user_id: null,
    enabled_at_ms: null,
    last_step: -1,
    drift_steps: 0,
    ...noFailures,
  };
  return store.change(async (transaction) => {
    if ((await rows.findDeviceByName(transaction, accountId, name)) !== undefined) {
      throw alreadyExists('MFADevice entity at the same path and name');
    }
    await rows.insertDevice(transaction, row);
    await storeTags(transaction, serial, tags);
    return { row, seed };
  });
}

async function enableDevice(store: IamStore, device: OwnDevice, codes: TwoCodes): Promise<void> {
  const { accountId, userName, serial } = device;
  const tables = store.database.tables<IamTables>();
  await userId(tables, accountId, userName);
  const row = await requireDevice(tables, accountId, serial);
  if (row.user_id !== null) throw alreadyExists(`An enabled MFA device with serial number ${serial}`);
  const attempt = { serial, userId: null, codes, steps: skewSteps };
  const onRight = async (transaction: IamTransaction, step: number) => {
    const id = await userId(transaction, accountId, userName);
    if ((await rows.listDevicesOf(transaction, id)).length >= limits.mfaDevicesPerUserMax) {
      throw limitExceeded('MFADevicesPerUser', limits.mfaDevicesPerUserMax);
    }
    await useUp(transaction, serial, step);
    await rows.updateDevice(transaction, serial, { user_id: id, enabled_at_ms: store.clock.nowMs() });
  };
  const isRight = await withSeed(store, row, (seed) => tryCodes(store, { ...attempt, seed }, onRight));
  if (!isRight) throw wrongCodes();
}

/** Two codes in a row from anywhere near show how far the device's clock is off; from then on it is believed there. */
async function resyncDevice(store: IamStore, device: OwnDevice, codes: TwoCodes): Promise<void> {
  const row = await requireOwn(store.database.tables<IamTables>(), device);
  const { serial, user_id: owner } = row;
  const attempt = { serial, userId: owner, codes, steps: limits.mfaResyncStepsMax };
  const onRight = async (transaction: IamTransaction, step: number) => {
    await useUp(transaction, serial, step);
    await rows.updateDevice(transaction, serial, { drift_steps: step - stepAt(store.clock.nowMs()) });
  };
  const isRight = await withSeed(store, row, (seed) => tryCodes(store, { ...attempt, seed }, onRight));
  if (!isRight) throw wrongCodes();
}
