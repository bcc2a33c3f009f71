// Puts the registry together from its folders: the domain, its jobs, and what access asks about its resources.

import type { Clock } from '#core/clock.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Random } from '#core/random.ts';
import type { Job } from '#jobs/job.ts';
import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { Database, Migration } from '#stores/sql/database.ts';
import { collectionJobs } from './collection/collect.ts';
import { openImages } from './images/open-images.ts';
import { imageDomainMigration, imageMigration, layerMediaTypeMigration, untaggedMigration } from './images/tables.ts';
import { openLayers } from './layers/open-layers.ts';
import { findLayers, layerMigration } from './layers/tables.ts';
import { type OpenReencryptions, openReencryptions } from './reencryption/open-reencryptions.ts';
import { reencryptionMigration } from './reencryption/tables.ts';
import type { Registry } from './registry.ts';
import { type OpenRepositories, openRepositories } from './repositories/open-repositories.ts';
import { repositoryKeyMigration, repositoryMigration, repositoryMoveMigration } from './repositories/tables.ts';
import { openUploads } from './uploads/open-uploads.ts';
import { uploadCallerMigration, uploadMigration } from './uploads/tables.ts';

export interface RegistryOptions {
  readonly database: Database;
  /** Encrypted already: what the registry writes into it is what is stored. */
  readonly blobs: BlobStore;
  readonly keyRing: KeyRing;
  readonly repositoryKeys: RepositoryKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrySettings;
}

export interface RegistrySettings {
  /** An upload that nobody touched for this long is abandoned. */
  readonly uploadIdleMs: number;
  /** What nothing refers to stays this long. */
  readonly collectionGraceMs: number;
  readonly collectionIntervalMs: number;
}

export interface OpenRegistry {
  readonly registry: Registry;
  /** Facts of `arn:aws:ecr:…:repository/…` for access; the identical object while nothing changed. */
  readonly resourceFacts: OpenRepositories['resourceFacts'];
  readonly jobs: readonly Job[];
  readonly moves: OpenReencryptions;
  /** Writes what is only in memory. Call it after the jobs have ended and before the database is closed. */
  close(): Promise<void>;
}

/** The tables of the registry; `openSqlite` applies them. */
export const registryMigrations: readonly Migration[] = [
  repositoryMigration,
  imageMigration,
  layerMigration,
  uploadMigration,
  layerMediaTypeMigration,
  uploadCallerMigration,
  untaggedMigration,
  repositoryKeyMigration,
  repositoryMoveMigration,
  imageDomainMigration,
  reencryptionMigration,
];

export function openRegistry(options: RegistryOptions): OpenRegistry {
  const { database, blobs, clock, settings } = options;
  const { repositories, resourceFacts, forget: forgetRepository } = openRepositories(options);
  const layers = openLayers(options);
  const uploads = openUploads({ ...options, layers });
  const { images, pullTimes, forgetManifest } = openImages({
    ...options,
    findLayers: (transaction, repositoryId, digests) =>
      // The same transaction, as the folder that owns the tables of layers sees it.
      findLayers(transaction as unknown as Parameters<typeof findLayers>[0], repositoryId, digests),
  });
  const collection = collectionJobs({
    ...{ database, blobs, clock, layers },
    settings: { ...settings, intervalMs: settings.collectionIntervalMs },
  });
  return {
    registry: { repositories, images, layers, uploads },
    resourceFacts,
    jobs: [pullTimes, ...collection],
    moves: openReencryptions({ ...options, layers, forgetManifest, forgetRepository }),
    close: () => pullTimes.run(new AbortController().signal),
  };
}
