// The queries of a removal; all of them run in its one transaction.

import type { Digest } from '#core/digest.ts';
import type { ImageTransaction } from '../tables.ts';

type Tables = ImageTransaction;

/** The digests that the tag referred to; undefined when there was no such tag. */
export async function deleteTag(tables: Tables, repositoryId: number, tag: string): Promise<Digest | undefined> {
  const row = await tables
    .deleteFrom('image_tag')
    .where('repository_id', '=', repositoryId)
    .where('tag', '=', tag)
    .returning('digest')
    .executeTakeFirst();
  return row?.digest;
}

/** Indexes of the repository that name the image, at most a few of them. */
export async function findParents(tables: Tables, repositoryId: number, digest: Digest): Promise<readonly Digest[]> {
  const rows = await tables
    .selectFrom('image_child')
    .select('image_digest')
    .where('repository_id', '=', repositoryId)
    .where('child_digest', '=', digest)
    .where('image_digest', '!=', digest)
    .orderBy('image_digest')
    .limit(10)
    .execute();
  return rows.map((row) => row.image_digest);
}

/** Its tags and references go with it. False when there was no such image. */
export async function deleteImage(tables: Tables, repositoryId: number, digest: Digest): Promise<boolean> {
  const row = await tables
    .deleteFrom('image')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .returning('digest')
    .executeTakeFirst();
  if (row === undefined) return false;
  await tables
    .updateTable('repository')
    .set((set) => ({ image_count: set('image_count', '-', 1) }))
    .where('repository_id', '=', repositoryId)
    .execute();
  return true;
}
