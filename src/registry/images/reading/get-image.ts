// A pull of a manifest: without waiting when it is in memory.

import type { Digest } from '#core/digest.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import { whenAdmitted } from '../../encryption/admitted.ts';
import { contentMoves, guardOf } from '../../encryption/content-domains.ts';
import type { ImageReference, Repository, StoredManifest } from '../../registry.ts';
import type { ImagesContext } from '../images-context.ts';
import { tagDoesNotMatchDigest } from '../refusals.ts';
import type { ImageCaches } from './image-caches.ts';

type ReadingContext = Pick<ImagesContext, 'caches' | 'repositoryKeys' | 'database'>;

/** See `Images.get`. Which manifest a tag means is known without the repository's key. */
export function getImage(
  context: ReadingContext,
  repository: Repository,
  reference: ImageReference,
): MaybePromise<StoredManifest> {
  const { caches, repositoryKeys } = context;
  return goOn(digestOf(caches, repository, reference), (digest) => {
    if (repository.moving !== undefined) return getMoving(context, repository, digest);
    const object = { kind: 'manifest', digest } as const;
    return whenAdmitted(repositoryKeys, repository, 'read', () => caches.manifest(repository, digest), object);
  });
}

/** While the repository is moved: by the key that the image is under now, whichever that is. */
async function getMoving(
  { caches, repositoryKeys, database }: ReadingContext,
  repository: Repository,
  digest: Digest,
): Promise<StoredManifest> {
  const manifest = await caches.manifest(repository, digest);
  const guard = await guardOf(database, repository, manifest.keyDomain);
  if (guard === undefined) throw contentMoves();
  return whenAdmitted(repositoryKeys, guard, 'read', () => manifest, { kind: 'manifest', digest });
}

function digestOf(caches: ImageCaches, repository: Repository, reference: ImageReference): MaybePromise<Digest> {
  if (reference.tag === undefined) return reference.digest;
  return goOn(caches.tagTarget(repository, reference.tag), ({ digest }): MaybePromise<Digest> => {
    if (reference.digest === undefined || reference.digest === digest) return digest;
    return Promise.reject(tagDoesNotMatchDigest());
  });
}
