// What every part of the images' folder works with.

import type { Clock } from '#core/clock.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Database } from '#stores/sql/database.ts';
import type { FindLayers } from './push/check-references.ts';
import type { ImageCaches } from './reading/image-caches.ts';

export interface ImagesContext {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly repositoryKeys: RepositoryKeys;
  readonly clock: Clock;
  readonly findLayers: FindLayers;
  readonly caches: ImageCaches;
}
