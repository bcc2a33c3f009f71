// Trying codes on a device: what a right one uses up, and what a wrong one counts. Each try is one transaction.

import { overwriting } from '#std/overwriting.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import type { IamTables, IamTransaction } from '../tables.ts';
import { afterFailure, isLocked, noFailures } from './lockout.ts';
import { findDevice, type MfaDeviceRow, updateDevice } from './tables.ts';
import { findStep, stepAt } from './totp.ts';

/** The context that binds a sealed seed to its row. */
export function seedContext(serial: string): string {
  return `iam/mfa-device/${serial}`;
}

async function openSeed(store: IamStore, row: MfaDeviceRow): Promise<Buffer> {
  return store.keyRing.open(await accountDomain(store, row.account_id), seedContext(row.serial), row.seed);
}

/** The seed is overwritten when the work has ended. */
export async function withSeed<Result>(
  store: IamStore,
  row: MfaDeviceRow,
  work: (seed: Buffer) => Promise<Result>,
): Promise<Result> {
  const seed = await openSeed(store, row);
  return overwriting(seed, () => work(seed));
}

/** How far a device's clock may be off, in steps, once its drift is known. */
export const skewSteps = 1;

export interface Try {
  readonly serial: string;
  /** Whose the device has to be when the codes are looked at; null for nobody's. */
  readonly userId: string | null;
  readonly seed: Uint8Array;
  /** One code, or two consecutive ones. */
  readonly codes: readonly string[];
  /** How many steps around its drift the device is believed. */
  readonly steps: number;
}

/**
 * True when the codes are right, not used up and the device is not locked; `then` runs in the transaction that says
 * so, with the step of the last code. Otherwise the failure is counted.
 */
export function tryCodes(
  store: IamStore,
  attempt: Try,
  then: (transaction: IamTransaction, step: number) => Promise<void>,
): Promise<boolean> {
  // Not `change`: nothing that policies see is touched, so that no cache of them needs to go.
  return store.database.transact<IamTables, boolean>(async (transaction) => {
    const row = await findDevice(transaction, attempt.serial);
    const nowMs = store.clock.nowMs();
    if (row === undefined || row.user_id !== attempt.userId || isLocked(row, nowMs)) return false;
    const step = rightStep(attempt, row, nowMs);
    if (step === undefined) {
      await updateDevice(transaction, row.serial, afterFailure(row, nowMs));
      return false;
    }
    await then(transaction, step);
    return true;
  });
}

/** The step of the last code; undefined when the codes are wrong or used up. */
function rightStep({ seed, codes, steps }: Try, row: MfaDeviceRow, nowMs: number): number | undefined {
  const more = codes.length - 1;
  const at = stepAt(nowMs) + row.drift_steps;
  const first = findStep(seed, codes, [Math.max(at - steps, row.last_step + 1) - more, at + steps - more]);
  return first === undefined ? undefined : first + more;
}

/** The change that a right code makes: it cannot be used again, and earlier failures are forgotten. */
export async function useUp(transaction: IamTransaction, serial: string, step: number): Promise<void> {
  await updateDevice(transaction, serial, { last_step: step, ...noFailures });
}
