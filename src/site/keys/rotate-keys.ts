// Replaces the root key of an open site, or goes on with a replacement that a crash broke off.

import { clearDestroyed } from '#services/kms/clearing/clearing.ts';
import { askClearing, type ClearingTables } from '#services/kms/clearing/tables.ts';
import { keyDomainRows } from '#services/kms/domain-keys.ts';
import { keyMaterialRows } from '#services/kms/material/wrapping.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import {
  beginRotation,
  finishRotation,
  type RotationOptions,
  type RotationReport,
} from '#services/kms/root/rotation.ts';
import type { WrappedRows } from '#services/kms/root/wrapped-rows.ts';
import type { Database } from '#stores/sql/database.ts';
import type { Platform } from '../stores.ts';
import type { SiteKeys } from './open-keys.ts';

/** Every table that holds keys under the root key: one line a table. */
export const wrappedRows: readonly WrappedRows[] = [keyDomainRows, keyMaterialRows];

export interface RotateOptions {
  readonly keys: SiteKeys;
  readonly database: Database;
  readonly platform: Platform;
  /** As `RotationOptions.share`: gives other processes of the site the keys. */
  readonly share?: RotationOptions['share'];
}

/** To be called by one process at a time, which holds the data folder. */
export async function rotateKeys(options: RotateOptions, next: RootKey, record: RootRecord): Promise<RotationReport> {
  const rotation = rotationOf(options);
  await beginRotation(rotation, next, record);
  const report = await finishRotation(rotation, next);
  await clearOld(options);
  return report;
}

/** What the old root had wrapped goes out of the files; while somebody reads an older state, a job tries again. */
async function clearOld({ database, platform }: RotateOptions): Promise<void> {
  await database.transact<ClearingTables, number>((transaction) => askClearing(transaction));
  await clearDestroyed({ database, ...platform });
}

/** What the last rotation of a start before left to do; a sentence for the log when there was something. */
export async function resumeRotation(options: RotateOptions): Promise<string | undefined> {
  const { roots } = options.keys;
  const pending = roots.all().length > 1 ? options.keys.nextId : undefined;
  const next = pending === undefined ? undefined : roots.find(pending);
  if (next === undefined) return undefined;
  const report = await finishRotation(rotationOf(options), next);
  await clearOld(options);
  const counted = Object.entries(report).map(([what, count]) => `${count} ${what}`);
  return `the replacement of the root key that was broken off is done: ${next.id} stands, with ${counted.join(', ')}`;
}

function rotationOf({ keys, database, platform, share = async () => undefined }: RotateOptions): RotationOptions {
  return { ...keys, database, rows: wrappedRows, ...platform, share };
}
