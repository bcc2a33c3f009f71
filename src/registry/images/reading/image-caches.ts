// The hot path in memory: what tags refer to, and opened manifests.

import type { Digest } from '#core/digest.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { whenAdmitted } from '../../encryption/admitted.ts';
import { contentMoves, guardOf, manifestDomain } from '../../encryption/content-domains.ts';
import type { Repository, StoredManifest } from '../../registry.ts';
import { requestedImageNotFound } from '../refusals.ts';
import { openManifest } from '../sealed-manifest.ts';
import type { ImageTables } from '../tables.ts';
import { findManifest, findTag } from './tables.ts';

export interface TagTarget {
  readonly digest: Digest;
}

/** With the domain that seals it. */
export interface OpenedManifest extends StoredManifest {
  readonly keyDomain: KeyDomainId;
}

export interface ImageCaches {
  /** Throws image-not-found. */
  tagTarget(repository: Repository, tag: string): MaybePromise<TagTarget>;
  /** Throws image-not-found. The buffer is shared: nobody may write to it. Admits only to what is being moved. */
  manifest(repository: Repository, digest: Digest): MaybePromise<OpenedManifest>;
  /** Forgets tags that a transaction is moving or removing. */
  forgetTags(repositoryId: number, tags: readonly string[]): void;
  /** Forgets an image that a transaction is removing, or moving to another domain. */
  forgetManifest(repositoryId: number, digest: Digest): void;
}

const tagsMax = 100_000;
const manifestsMax = 50_000;
const manifestBytesMax = 64 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const entryBytes = 400;

/** Between the look at an image's row and the look at its repository's, a move can have ended. */
const looksMax = 3;

export function openImageCaches(database: Database, keyRing: KeyRing, keys: RepositoryKeys): ImageCaches {
  const tags = new GuardedCache<TagTarget>(database, { entriesMax: tagsMax });
  const manifests = new GuardedCache<OpenedManifest>(database, {
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
      return manifests.read(keyOf(repository.id, digest), () => load(repository, digest));
    },
    forgetTags(repositoryId, changed) {
      for (const tag of changed) tags.forget(keyOf(repositoryId, tag));
    },
    forgetManifest: (repositoryId, digest) => manifests.forget(keyOf(repositoryId, digest)),
  };

  async function load(repository: Repository, digest: Digest): Promise<OpenedManifest> {
    for (let looks = 1; looks <= looksMax; looks += 1) {
      const row = await findManifest(tables, repository.id, digest);
      if (row === undefined) throw requestedImageNotFound();
      const keyDomain = manifestDomain(repository, row.key_domain);
      const open = () => openManifest(keyRing, { id: repository.id, keyDomain }, digest, row.manifest);
      const isPlain = keyDomain === repository.keyDomain && repository.moving === undefined;
      const guard = isPlain ? undefined : await guardOf(database, repository, keyDomain);
      if (!isPlain && guard === undefined) continue;
      const object = { kind: 'manifest', digest } as const;
      const bytes = await (guard === undefined ? open() : whenAdmitted(keys, guard, 'read', open, object));
      return { digest, mediaType: row.media_type, sizeBytes: bytes.length, bytes, keyDomain };
    }
    throw contentMoves();
  }
}

function keyOf(repositoryId: number, reference: string): string {
  return `${repositoryId}/${reference}`;
}
