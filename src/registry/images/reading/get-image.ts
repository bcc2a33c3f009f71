// A pull of a manifest: without waiting when it is in memory.

import type { Digest } from '#core/digest.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import { whenAdmitted } from '../../encryption/admitted.ts';
import type { ImageReference, Repository, StoredManifest } from '../../registry.ts';
import type { ImagesContext } from '../images-context.ts';
import { tagDoesNotMatchDigest } from '../refusals.ts';
import type { ImageCaches } from './image-caches.ts';

/** See `Images.get`. Which manifest a tag means is known without the repository's key. */
export function getImage(
  { caches, repositoryKeys }: Pick<ImagesContext, 'caches' | 'repositoryKeys'>,
  repository: Repository,
  reference: ImageReference,
): MaybePromise<StoredManifest> {
  return goOn(digestOf(caches, repository, reference), (digest) =>
    whenAdmitted(repositoryKeys, repository, 'read', () => caches.manifest(repository, digest), {
      kind: 'manifest',
      digest,
    }),
  );
}

function digestOf(caches: ImageCaches, repository: Repository, reference: ImageReference): MaybePromise<Digest> {
  if (reference.tag === undefined) return reference.digest;
  return goOn(caches.tagTarget(repository, reference.tag), ({ digest }): MaybePromise<Digest> => {
    if (reference.digest === undefined || reference.digest === digest) return digest;
    return Promise.reject(tagDoesNotMatchDigest());
  });
}
