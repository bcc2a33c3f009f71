// Images of all repositories over the SQL database: puts the parts of this folder together.

import type { Clock } from '#core/clock.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Job } from '#jobs/job.ts';
import type { Database } from '#stores/sql/database.ts';
import { whenAllAdmitted } from '../encryption/admitted.ts';
import { underCurrentDomain } from '../encryption/current-domain.ts';
import type { Images } from '../registry.ts';
import type { ImagesContext } from './images-context.ts';
import { describeImage, describeImages, listIdentities, listTagNames } from './listing/list-images.ts';
import { openReferrers } from './listing/list-referrers.ts';
import type { FindLayers } from './push/check-references.ts';
import { pushImage } from './push/push-image.ts';
import { getImage } from './reading/get-image.ts';
import { type ImageCaches, openImageCaches } from './reading/image-caches.ts';
import { openPullTimes } from './reading/pull-times.ts';
import { removeImage, removeTag } from './removal/remove-image.ts';
import type { ImageTables } from './tables.ts';

export interface ImagesOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly repositoryKeys: RepositoryKeys;
  readonly clock: Clock;
  readonly findLayers: FindLayers;
}

export interface OpenImages {
  readonly images: Images;
  /** Writes the pull times that are only in memory. */
  readonly pullTimes: Job;
  /** For whoever writes manifests anew. */
  readonly forgetManifest: ImageCaches['forgetManifest'];
}

export function openImages(options: ImagesOptions): OpenImages {
  const { database, keyRing, repositoryKeys: keys, clock } = options;
  const caches = openImageCaches(database, keyRing, keys);
  const pullTimes = openPullTimes(database, clock);
  const tables = database.tables<ImageTables>();
  const context: ImagesContext = { ...options, caches };
  const listing = { tables, pullTimes };
  const listReferrers = openReferrers(tables, caches);
  const images: Images = {
    push: (repository, push) =>
      underCurrentDomain(database, repository, (current) => pushImage(context, current, push)),
    get: (repository, reference) => getImage(context, repository, reference),
    notePull: (repository, digest) => pullTimes.note(repository.id, digest),
    describe: (repository, reference) => describeImage(listing, repository, reference),
    describeAll: (repository, status, page) => describeImages(listing, repository, status, page),
    identities: (repository, status, page) => listIdentities(listing, repository, status, page),
    tagNames: (repository, page) => listTagNames(listing, repository, page),
    removeTag: (repository, reference, lastTag) => removeTag(context, repository, reference, lastTag),
    removeImage: (repository, digest, referenced) => removeImage(context, repository, digest, referenced),
    // Annotations are part of what was pushed.
    referrers: async (repository, ...wanted) =>
      whenAllAdmitted(keys, repository, 'read', () => listReferrers(repository, ...wanted)),
  };
  return { images, pullTimes: pullTimes.job, forgetManifest: caches.forgetManifest };
}
