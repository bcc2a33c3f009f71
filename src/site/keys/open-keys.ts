// The keys of a site: its root key, opened by whoever keeps it, one more while it is being replaced, and the site key.

import { existsSync } from 'node:fs';
import { DomainError } from '#core/errors.ts';
import type { Random } from '#core/random.ts';
import { assertRootKeyFits } from '#services/kms/domain-keys.ts';
import { fileProvider } from '#services/kms/root/providers/file.ts';
import { lookAtRecord, openRecord, type RootFiles, rootFiles } from '#services/kms/root/root-files.ts';
import { newRootKey, type RootKey } from '#services/kms/root/root-key.ts';
import { holdRootKeys, otherRootText, type RootKeys } from '#services/kms/root/root-keys.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import { pendingRoot } from '#services/kms/root/rotation.ts';
import { makeSiteKey, readSiteKey, type SiteKey, siteKeyOf } from '#services/kms/root/site-key.ts';
import { lookForStandingRoot, type RootKeyRow, type RootKeyTables } from '#services/kms/root/tables.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqliteToRead } from '#stores/sql/sqlite/open-to-read.ts';
import { databaseFile } from '../data-files.ts';

export interface SiteKeys {
  readonly files: RootFiles;
  readonly roots: RootKeys;
  readonly siteKey: SiteKey;
  /** Of the root key that is to come, while one is being replaced. */
  readonly nextId: string | undefined;
}

/** Opens a root key from its record: asks its provider. Throws as `RootProvider.open` does. */
export type OpenRoot = (record: RootRecord) => Promise<RootKey>;

/** Whoever keeps it in a file only. */
export const openFileRoot: OpenRoot = (record) => {
  if (record.provider === 'file') return fileProvider.open(record);
  throw new Error(`The root key is kept by ${record.provider}, which is not asked here.`);
};

/**
 * Makes a root key, in a file, and a site key where there are none. Throws before anything is written under a root key
 * that is not that of the data: one that was made anew because the right one was lost would do harm.
 */
export async function openKeys(dataFolder: string, random: Random, openRoot: OpenRoot): Promise<SiteKeys> {
  const { root } = rootFiles(dataFolder);
  const record = await openRecord(root, () => fileProvider.keep(newRootKey(random)), random);
  const keys = await openFrom(dataFolder, record, random, openRoot, false);
  const { files, roots, siteKey } = keys;
  return keys.isWritten ? keys : { ...keys, siteKey: await makeSiteKey({ file: files.site, roots, random }, siteKey) };
}

/** As `openKeys`, to look at a site: nothing is made. Undefined when there is no root key. */
export async function readKeys(dataFolder: string, random: Random, openRoot: OpenRoot): Promise<SiteKeys | undefined> {
  const record = await lookAtRecord(rootFiles(dataFolder).root);
  return record && openFrom(dataFolder, record, random, openRoot, true);
}

async function openFrom(
  dataFolder: string,
  record: RootRecord,
  random: Random,
  openRoot: OpenRoot,
  onlyLooks: boolean,
) {
  const files = rootFiles(dataFolder);
  const roots = holdRootKeys(await openRoot(record));
  const next = await pendingRoot(files, roots.current(), random);
  if (next !== undefined) roots.replace([roots.current(), next]);
  const file = databaseFile(dataFolder);
  const standing = await lookAtDatabase(file, roots).catch((error: unknown) => {
    // What is wrong with the database is said where it is looked at.
    if (onlyLooks && error instanceof DomainError) return undefined;
    throw error;
  });
  if (next !== undefined && standing?.root_id === next.id) roots.replace([next, ...roots.all().slice(0, 1)]);
  return {
    files,
    roots,
    nextId: next?.id,
    ...(await openSiteKey({ file: files.site, roots, random }, standing, existsSync(file))),
  };
}

/** Undefined for a new site, and for one that no version with a site key has opened. */
async function lookAtDatabase(file: string, roots: RootKeys): Promise<RootKeyRow | undefined> {
  if (!existsSync(file)) return undefined;
  const database = openSqliteToRead(file);
  try {
    await assertRootKeyFits(database, roots);
    return await standingRoot(database, roots);
  } finally {
    await database.close();
  }
}

/** Throws when the root key that stands is not here. */
export async function standingRoot(database: Database, roots: RootKeys): Promise<RootKeyRow | undefined> {
  const standing = await lookForStandingRoot(database.tables<RootKeyTables>());
  if (standing !== undefined && roots.find(standing.root_id) === undefined) {
    throw new Error(otherRootText(standing.root_id, roots));
  }
  return standing;
}

/**
 * A site of a version before has all its secrets from its first root key: that one becomes its site key, so that audit
 * chain, page sums and what was issued stay good.
 */
async function openSiteKey(
  options: Parameters<typeof readSiteKey>[0],
  standing: RootKeyRow | undefined,
  hasDatabase: boolean,
): Promise<{ readonly siteKey: SiteKey; readonly isWritten: boolean }> {
  const { file, roots, random } = options;
  const known = await readSiteKey(options);
  if (known !== undefined) {
    if (standing === undefined || standing.site_key_id === known.id) return { siteKey: known, isWritten: true };
    throw new Error(`The site key ${file} is ${known.id}, but the database was made with ${standing.site_key_id}.`);
  }
  if (standing !== undefined) {
    throw new Error(`The site key ${file} is missing: restore it from a backup of the data folder.`);
  }
  const { id, bytes } = roots.current();
  return { siteKey: siteKeyOf(hasDatabase ? { id, bytes: Buffer.from(bytes) } : newRootKey(random)), isWritten: false };
}
