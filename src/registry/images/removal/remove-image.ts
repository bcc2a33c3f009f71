// Removes tags and images. Layers stay until collection finds that no image names them.

import type { Digest } from '#core/digest.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import type { ImageIdentity, Repository, TagReference } from '../../registry.ts';
import type { ImagesContext } from '../images-context.ts';
import { tagsOf } from '../listing/tables.ts';
import { imageReferenced, requestedImageNotFound, tagDoesNotMatchDigest } from '../refusals.ts';
import { type ImageTables, type ImageTransaction, noteTags } from '../tables.ts';
import { deleteImage, deleteTag, findParents } from './tables.ts';

/** See `Images.removeTag`. */
export function removeTag(
  context: ImagesContext,
  repository: Repository,
  { tag, digest: expected }: TagReference,
  lastTag: 'keep-image' | 'remove-image',
): Promise<ImageIdentity> {
  return changing<ImageTables, ImageIdentity>(
    context.database,
    async (transaction) => {
      const digest = await deleteTag(transaction, repository.id, tag);
      if (digest === undefined) throw requestedImageNotFound();
      if (expected !== undefined && expected !== digest) throw tagDoesNotMatchDigest();
      const left = (await tagsOf(transaction, repository.id, [digest])).get(digest) ?? [];
      if (lastTag === 'remove-image' && left.length === 0) {
        await refuseReferenced(transaction, repository, digest);
        await deleteImage(transaction, repository.id, digest);
      } else if (left.length === 0) {
        await noteTags(transaction, repository.id, digest);
      }
      return { digest, tag };
    },
    ({ digest }) => forget(context, repository, digest, [tag]),
  );
}

/** See `Images.removeImage`. */
export function removeImage(
  context: ImagesContext,
  repository: Repository,
  digest: Digest,
  referenced: 'refuse' | 'remove',
): Promise<readonly ImageIdentity[]> {
  return changing<ImageTables, readonly ImageIdentity[]>(
    context.database,
    async (transaction) => {
      if (referenced === 'refuse') await refuseReferenced(transaction, repository, digest);
      const tags = (await tagsOf(transaction, repository.id, [digest])).get(digest) ?? [];
      if (!(await deleteImage(transaction, repository.id, digest))) throw requestedImageNotFound();
      return tags.length === 0 ? [{ digest, tag: undefined }] : tags.map((tag) => ({ digest, tag }));
    },
    (removed) => {
      const tags = removed.flatMap(({ tag }) => (tag === undefined ? [] : [tag]));
      forget(context, repository, digest, tags);
    },
  );
}

function forget({ caches }: ImagesContext, repository: Repository, digest: Digest, tags: readonly string[]): void {
  caches.forgetManifest(repository.id, digest);
  caches.forgetTags(repository.id, tags);
}

async function refuseReferenced(transaction: ImageTransaction, repository: Repository, digest: Digest): Promise<void> {
  const parents = await findParents(transaction, repository.id, digest);
  if (parents.length > 0) throw imageReferenced(parents);
}
