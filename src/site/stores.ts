// Opens everything a site stores: keys, database, blobs, audit log. Also what the command line needs without a server.

import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { DeletionCertificates } from '#core/ports/deletion-certificates.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Random } from '#core/random.ts';
import { contentTables } from '#registry/content-tables.ts';
import { openRegistry, registryMigrations } from '#registry/open-registry.ts';
import { openIam } from '#services/iam/open-iam.ts';
import { iamMigrations } from '#services/iam/tables.ts';
import { openCertificates } from '#services/kms/erasure/certificates.ts';
import { type ErasedInMemory, openErasedInMemory } from '#services/kms/erasure/erased-in-memory.ts';
import { certificatePurpose, type Erasures, openErasures } from '#services/kms/erasure/erasures.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { openMaterialWrapping } from '#services/kms/material/wrapping.ts';
import { openKms } from '#services/kms/open-kms.ts';
import { isTwofold } from '#services/kms/repository-keys/domain-kind.ts';
import { openGuardedRing } from '#services/kms/repository-keys/guarded-ring.ts';
import { type OpenedDomains, openDomains } from '#services/kms/repository-keys/opened-domains.ts';
import { deriveSecret } from '#services/kms/root/root-key.ts';
import type { RootKeys } from '#services/kms/root/root-keys.ts';
import type { SiteKey } from '#services/kms/root/site-key.ts';
import { noteStandingRoot, type RootKeyTables } from '#services/kms/root/tables.ts';
import { keyMigrations } from '#services/kms/store/tables.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { denialMigrations } from '#services/sallyport/denials/tables.ts';
import { issuedMigrations } from '#services/sallyport/issued/tables.ts';
import { quarantineMigrations } from '#services/sallyport/quarantine/tables.ts';
import { registryTokenMigrations } from '#services/sallyport/registry-tokens/tables.ts';
import { twofoldBlobStore } from '#stores/blobs/encrypted/twofold-store.ts';
import { openFileBlobStore } from '#stores/blobs/file/file-store.ts';
import { type FileSystem, realFileSystem } from '#stores/blobs/file/file-system.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { databaseFile } from './data-files.ts';
import { type SiteKeys, standingRoot } from './keys/open-keys.ts';

export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  /** Of the blobs; the real one when left out. */
  readonly fileSystem?: FileSystem;
}

/** What stands between the data folder and everything else. */
export interface SiteDatabase {
  readonly roots: RootKeys;
  readonly siteKey: SiteKey;
  readonly database: Database;
  /** Registries' own keys, under the root key. */
  readonly keyRing: KeyRing;
  /** Those, and what customers' keys have opened. */
  readonly guardedRing: KeyRing;
  readonly openedDomains: OpenedDomains;
  readonly iam: ReturnType<typeof openIam>;
  readonly kms: ReturnType<typeof openKms>;
  /** Executed deletions, on their way to a certificate. */
  readonly erasures: Erasures;
  readonly certificates: DeletionCertificates;
  /** What was destroyed leaves the memory of this process too. */
  readonly erased: ErasedInMemory;
  /** Of the site key, for one purpose; overwritten with the rest. */
  secretOf(purpose: string): Buffer;
  /** Closes the database and overwrites whatever was opened or derived; root keys and site key stay. */
  close(): Promise<void>;
}

/** Sums the pages of the database: who cannot read the site key cannot make a changed page look right. */
export function pageKeyOf(siteKey: SiteKey): Buffer {
  return deriveSecret(siteKey, 'database-pages');
}

/** Every step of the schema that this build knows. */
export const siteMigrations = [
  ...kmsMigrations,
  ...keyMigrations,
  ...iamMigrations,
  ...denialMigrations,
  ...registryTokenMigrations,
  ...issuedMigrations,
  ...quarantineMigrations,
  ...registryMigrations,
];

/**
 * Database and IAM under these keys: enough to make an account while a server runs. `keyCacheMs` is how long opened
 * keys are kept.
 */
export async function openSiteDatabase(
  dataFolder: string,
  platform: Platform,
  keys: SiteKeys,
  keyCacheMs: number = limits.keyCacheMs,
): Promise<SiteDatabase> {
  const { roots, siteKey } = keys;
  const pageKey = pageKeyOf(siteKey);
  const file = databaseFile(dataFolder);
  const database = await openSqlite({ file, migrations: siteMigrations, pageKey, content: contentTables });
  try {
    await noteRoot(database, platform, keys);
  } catch (error) {
    await database.close();
    throw error;
  }
  const keyRing = openKeyRing({ database, roots, cacheMs: keyCacheMs, ...platform });
  const openedDomains = openDomains(platform.clock);
  const guardedRing = openGuardedRing(keyRing, openedDomains, platform.random);
  const iam = openIam({ database, keyRing, ...platform });
  const wrapping = openMaterialWrapping(roots, platform.random);
  const hasAccount = async (id: string) => (await iam.accounts.list()).some(({ accountId }) => accountId === id);
  const { principals } = iam;
  const kms = openKms({ database, keyRing, wrapping, principals, hasAccount, cacheMs: keyCacheMs, ...platform });
  const secrets = [pageKey];
  const secretOf = (purpose: string): Buffer => {
    const secret = deriveSecret(siteKey, purpose);
    secrets.push(secret);
    return secret;
  };
  const erasures = openErasures({ database, siteId: siteKey.id, secret: secretOf(certificatePurpose), ...platform });
  const erased = openErasedInMemory({ database, openedDomains });
  kms.onErased(() => erased.follow());
  return {
    ...{ roots, siteKey, database, keyRing, guardedRing, openedDomains, iam, kms },
    ...{ erasures, erased, certificates: openCertificates(database), secretOf },
    async close() {
      openedDomains.close();
      await kms.close();
      await keyRing.close();
      await database.close();
      for (const secret of secrets) secret.fill(0);
    },
  };
}

/** The first time it is written down which keys these are. */
async function noteRoot(database: Database, { clock }: Platform, { roots, siteKey }: SiteKeys): Promise<void> {
  if ((await standingRoot(database, roots)) !== undefined) return;
  const row = { root_id: roots.current().id, site_key_id: siteKey.id, since_ms: clock.nowMs() };
  await database.transact<RootKeyTables, void>((transaction) => noteStandingRoot(transaction, row));
}

/** The registry over files that are encrypted before they are written. */
export async function openSiteRegistry(
  config: Config,
  { database, keyRing: outerKeyRing, guardedRing: keyRing }: SiteDatabase,
  repositoryKeys: RepositoryKeys,
  platform: Platform,
) {
  const { random, fileSystem = realFileSystem } = platform;
  const store = await openFileBlobStore({ directory: join(config.data, 'blobs'), random, fileSystem });
  const blobs = twofoldBlobStore({ store, keyRing, outerKeyRing, random, isTwofold });
  const { uploadIdleMs, collectionGraceMs, collectionIntervalMs } = config;
  const settings = { uploadIdleMs, collectionGraceMs, collectionIntervalMs };
  return openRegistry({ database, blobs, keyRing, repositoryKeys, settings, ...platform });
}
