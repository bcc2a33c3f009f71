// The hot path in memory: what tags refer to, and opened manifests.

import type { Digest } from '#core/digest.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { Repository, StoredManifest } from '../../registry.ts';
import { requestedImageNotFound } from '../refusals.ts';
import { openManifest } from '../sealed-manifest.ts';
import type { ImageTables } from '../tables.ts';
import { findManifest, findTag } from './tables.ts';

export interface TagTarget {
  readonly digest: Digest;
}

export interface ImageCaches {
  /** Throws image-not-found. */
  tagTarget(repository: Repository, tag: string): MaybePromise<TagTarget>;
  /** Throws image-not-found. The buffer is shared: nobody may write to it. */
  manifest(repository: Repository, digest: Digest): MaybePromise<StoredManifest>;
  /** Forgets tags that a transaction is moving or removing. */
  forgetTags(repositoryId: number, tags: readonly string[]): void;
  /** Forgets an image that a transaction is removing. */
  forgetManifest(repositoryId: number, digest: Digest): void;
}

const tagsMax = 100_000;
const manifestsMax = 50_000;
const manifestBytesMax = 64 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const entryBytes = 400;

export function openImageCaches(database: Database, keyRing: KeyRing): ImageCaches {
  const tags = new GuardedCache<TagTarget>(database, { entriesMax: tagsMax });
  const manifests = new GuardedCache<StoredManifest>(database, {
    entriesMax: manifestsMax,
    size: { sumMax: manifestBytesMax, sizeOf: (manifest) => manifest.sizeBytes + entryBytes },
  });
  const tables = database.tables<ImageTables>();
  return {
    tagTarget: (repository, tag) => {
      return tags.read(keyOf(repository.id, tag), async () => {
        const digest = await findTag(tables, repository.id, tag);
        if (digest === undefined) throw requestedImageNotFound();
        return { digest };
      });
    },
    manifest: (repository, digest) => {
      return manifests.read(keyOf(repository.id, digest), async () => {
        const row = await findManifest(tables, repository.id, digest);
        if (row === undefined) throw requestedImageNotFound();
        const bytes = await openManifest(keyRing, repository, digest, row.manifest);
        return { digest, mediaType: row.media_type, sizeBytes: bytes.length, bytes };
      });
    },
    forgetTags(repositoryId, changed) {
      for (const tag of changed) tags.forget(keyOf(repositoryId, tag));
    },
    forgetManifest: (repositoryId, digest) => manifests.forget(keyOf(repositoryId, digest)),
  };
}

function keyOf(repositoryId: number, reference: string): string {
  return `${repositoryId}/${reference}`;
}
