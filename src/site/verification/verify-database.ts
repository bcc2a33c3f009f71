// The database: its pages, SQLite's own checks, then keys, users, repositories and what they refer to.

import { join } from 'node:path';
import { DomainError } from '#core/errors.ts';
import { verifyRegistry } from '#registry/verification/verify-registry.ts';
import { verifyIam } from '#services/iam/verification.ts';
import { assertRootKeyFits } from '#services/kms/domain-keys.ts';
import { verifyErasures } from '#services/kms/erasure/verification.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { isTwofold } from '#services/kms/repository-keys/domain-kind.ts';
import { openGuardedRing } from '#services/kms/repository-keys/guarded-ring.ts';
import { openDomains } from '#services/kms/repository-keys/opened-domains.ts';
import { openDomainVerification } from '#services/kms/repository-keys/verification.ts';
import { verifyKeys } from '#services/kms/verification.ts';
import { verifyDenials } from '#services/sallyport/denials/verification.ts';
import { twofoldBlobStore } from '#stores/blobs/encrypted/twofold-store.ts';
import { openFileBlobStoreToRead } from '#stores/blobs/file/file-store.ts';
import { newerSteps } from '#stores/sql/migrate.ts';
import { openSqliteToRead, type ReadDatabase } from '#stores/sql/sqlite/open-to-read.ts';
import { checkPages } from '#stores/sql/sqlite/pages/check-pages.ts';
import { databaseFile } from '../data-files.ts';
import { pageKeyOf, siteMigrations } from '../stores.ts';
import type { SiteVerification } from './site-verification.ts';
import { verifyProfiles } from './verify-profiles.ts';

const remedies = {
  key: 'Put the root key back that the database was made with, from its copy.',
  restore: 'Stop the server and restore the database from a backup. Layers and audit log need not go back with it.',
  sums: 'If all else is in order: stop the server, move sallyport.db-sums away, start it; it is made anew.',
  log: 'Keep a copy of the folder; restore a backup. What is in the database file is not concerned.',
  newer: 'Start the newer version again, or restore a backup that this version made.',
};

export async function verifyDatabase(site: SiteVerification): Promise<void> {
  const file = databaseFile(site.config.data);
  let database: ReadDatabase;
  try {
    database = openSqliteToRead(file);
  } catch (error) {
    await verifyPages(site, file);
    return unreadable(site, error);
  }
  try {
    const isOther = await isOfAnotherKey(site, database);
    if (isOther) return;
    await verifyPages(site, file);
    await verifyRows(site, database);
  } catch (error) {
    unreadable(site, error);
  } finally {
    await database.close();
  }
}

/** Then nothing else can be told: all that it seals would look damaged. */
async function isOfAnotherKey({ keys, findings }: SiteVerification, database: ReadDatabase): Promise<boolean> {
  let what: string;
  try {
    await assertRootKeyFits(database, keys.roots);
    return false;
  } catch (error) {
    // A database that cannot be read is said to be so where its pages are looked at.
    if (error instanceof DomainError) return false;
    what = (error as Error).message;
  }
  findings.damage({ subject: 'the root key', what, remedy: remedies.key });
  return true;
}

async function verifyPages({ keys, findings, options }: SiteVerification, file: string): Promise<void> {
  const { pages, damage } = await checkPages(file, pageKeyOf(keys.siteKey), options);
  findings.count('database pages', pages);
  for (const { file: suffix, what } of damage) {
    const remedy = suffix === '' ? remedies.restore : suffix === '-sums' ? remedies.sums : remedies.log;
    findings.damage({ subject: `sallyport.db${suffix}`, what, remedy });
  }
}

async function verifyRows(site: SiteVerification, database: ReadDatabase): Promise<void> {
  const { findings, platform, keys, config } = site;
  const newer = await newerSteps(database, siteMigrations);
  if (newer.length > 0) {
    const what = `a newer version wrote it: this one does not know the schema steps ${newer.join(', ')}`;
    findings.damage({ subject: 'sallyport.db', what, remedy: remedies.newer });
    return;
  }
  for (const what of database.examine()) findings.damage({ subject: 'sallyport.db', what, remedy: remedies.restore });
  await verifyKeys(database, keys.roots, findings);
  await verifyErasures(database, keys.siteKey, findings);
  const keyRing = openKeyRing({ database, roots: keys.roots, ...platform });
  await verifyIam({ database, keyRing, ...platform }, findings);
  await verifyProfiles(config.data, { database, keyRing, ...platform }, findings);
  await verifyDenials({ database, keyRing }, findings);
  const opened = openDomains(platform.clock);
  const guardedRing = openGuardedRing(keyRing, opened, platform.random);
  const { verifySlots, lockedBecause } = openDomainVerification(database, keys.roots, opened);
  await verifySlots(findings);
  const blobs = twofoldBlobStore({
    ...{ store: openFileBlobStoreToRead(join(config.data, 'blobs')), isTwofold, random: platform.random },
    ...{ keyRing: guardedRing, outerKeyRing: keyRing },
  });
  const { readsBytes } = site.options;
  await verifyRegistry({ database, blobs, keyRing: guardedRing, findings, lockedBecause, readsBytes });
  opened.close();
  await keyRing.close();
}

function unreadable({ findings }: SiteVerification, error: unknown): void {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const what = `it cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
  findings.damage({ subject: 'sallyport.db', what, remedy: remedies.restore });
}
