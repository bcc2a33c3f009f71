// A pull of a manifest: without waiting when it is in memory.

import type { MaybePromise } from '#core/operation.ts';
import type { ImageReference, Repository, StoredManifest } from '../../registry.ts';
import { tagDoesNotMatchDigest } from '../refusals.ts';
import type { ImageCaches, TagTarget } from './image-caches.ts';

/** See `Images.get`. */
export function getImage(
  caches: ImageCaches,
  repository: Repository,
  reference: ImageReference,
): MaybePromise<StoredManifest> {
  if (reference.tag === undefined) return caches.manifest(repository, reference.digest);
  const target = caches.tagTarget(repository, reference.tag);
  if (target instanceof Promise) return target.then((found) => follow(caches, repository, reference, found));
  return follow(caches, repository, reference, target);
}

function follow(
  caches: ImageCaches,
  repository: Repository,
  reference: ImageReference,
  target: TagTarget,
): MaybePromise<StoredManifest> {
  if (reference.digest === undefined || reference.digest === target.digest) {
    return caches.manifest(repository, target.digest);
  }
  return Promise.reject(tagDoesNotMatchDigest());
}
