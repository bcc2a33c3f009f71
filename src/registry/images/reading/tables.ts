// The two queries of a pull: what a tag refers to, and the manifest of a digest.

import type { Digest } from '#core/digest.ts';
import type { ImageQueries, ImageRow } from '../tables.ts';

type Tables = ImageQueries;

export async function findTag(tables: Tables, repositoryId: number, tag: string): Promise<Digest | undefined> {
  const row = await tables
    .selectFrom('image_tag')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('tag', '=', tag)
    .executeTakeFirst();
  return row?.digest;
}

type ManifestRow = Pick<ImageRow, 'media_type' | 'manifest' | 'key_domain'>;

export async function findManifest(
  tables: Tables,
  repositoryId: number,
  digest: Digest,
): Promise<ManifestRow | undefined> {
  return tables
    .selectFrom('image')
    .select(['media_type', 'manifest', 'key_domain'])
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

export interface PullTime {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly atMs: number;
}

/** Sets the times of images that have none, or one older than `resolutionMs`; an image that is gone is no error. */
export async function writePullTimes(tables: Tables, times: readonly PullTime[], resolutionMs: number): Promise<void> {
  for (const { repositoryId, digest, atMs } of times) {
    await tables
      .updateTable('image')
      .set({ last_pulled_at_ms: atMs })
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest)
      .where((where) =>
        where.or([where('last_pulled_at_ms', 'is', null), where('last_pulled_at_ms', '<=', atMs - resolutionMs)]),
      )
      .execute();
  }
}
