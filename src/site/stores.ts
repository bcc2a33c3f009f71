// Opens everything a site stores: keys, database, blobs, audit log. Also what the command line needs without a server.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import type { Clock } from '#core/clock.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import { openRegistry, registryMigrations } from '#registry/open-registry.ts';
import { openIam } from '#services/iam/open-iam.ts';
import { iamMigrations } from '#services/iam/tables.ts';
import { assertRootKeyFits } from '#services/kms/domain-keys.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { deriveSecret, openRootKey, type RootKey } from '#services/kms/root/root-key.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { denialMigrations } from '#services/sallyport/denials/tables.ts';
import { issuedMigrations } from '#services/sallyport/issued/tables.ts';
import { quarantineMigrations } from '#services/sallyport/quarantine/tables.ts';
import { registryTokenMigrations } from '#services/sallyport/registry-tokens/tables.ts';
import { encryptedBlobStore } from '#stores/blobs/encrypted/encrypted-store.ts';
import { openFileBlobStore } from '#stores/blobs/file/file-store.ts';
import { type FileSystem, realFileSystem } from '#stores/blobs/file/file-system.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { openSqliteToRead } from '#stores/sql/sqlite/open-to-read.ts';

export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  /** Of the blobs; the real one when left out. */
  readonly fileSystem?: FileSystem;
}

/** What stands between the data folder and everything else. */
export interface SiteDatabase {
  readonly rootKey: RootKey;
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly iam: ReturnType<typeof openIam>;
}

export function rootKeyFile(dataFolder: string): string {
  return join(dataFolder, 'keys/root.key');
}

export function databaseFile(dataFolder: string): string {
  return join(dataFolder, 'sallyport.db');
}

/** Sums the pages of the database: who cannot read the root key cannot make a changed page look right. */
export function pageKeyOf(rootKey: RootKey): Buffer {
  return deriveSecret(rootKey, 'database-pages');
}

/** Every step of the schema that this build knows. */
export const siteMigrations = [
  ...kmsMigrations,
  ...iamMigrations,
  ...denialMigrations,
  ...registryTokenMigrations,
  ...issuedMigrations,
  ...quarantineMigrations,
  ...registryMigrations,
];

/** Root key, database and IAM: enough to make an account while a server runs. */
export async function openSiteDatabase(dataFolder: string, platform: Platform): Promise<SiteDatabase> {
  const rootKey = await openRootKey(rootKeyFile(dataFolder), platform.random);
  const file = databaseFile(dataFolder);
  await assertRootKeyFitsFile(file, rootKey);
  const database = await openSqlite({ file, migrations: siteMigrations, pageKey: pageKeyOf(rootKey) });
  const keyRing = openKeyRing({ database, rootKey, ...platform });
  return { rootKey, database, keyRing, iam: openIam({ database, keyRing, ...platform }) };
}

/** Before anything is written under it: a key that was made anew because the right one was lost would do harm. */
async function assertRootKeyFitsFile(file: string, rootKey: RootKey): Promise<void> {
  if (!existsSync(file)) return;
  const database = openSqliteToRead(file);
  try {
    await assertRootKeyFits(database, rootKey);
  } finally {
    await database.close();
  }
}

/** The registry over files that are encrypted before they are written. */
export async function openSiteRegistry(config: Config, { database, keyRing }: SiteDatabase, platform: Platform) {
  const { random, fileSystem = realFileSystem } = platform;
  const files = await openFileBlobStore({ directory: join(config.data, 'blobs'), random, fileSystem });
  const blobs = encryptedBlobStore({ store: files, keyRing, random });
  const { uploadIdleMs, collectionGraceMs, collectionIntervalMs } = config;
  const settings = { uploadIdleMs, collectionGraceMs, collectionIntervalMs };
  return openRegistry({ database, blobs, keyRing, settings, ...platform });
}
