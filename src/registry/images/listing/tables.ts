// The queries of listings: each page is one range of an index, wherever in the repository it begins.

import type { Digest } from '#core/digest.ts';
import type { ImageIdentity, TagStatus } from '../../registry.ts';
import type { ImageQueries, ImageRow } from '../tables.ts';

type Tables = ImageQueries;

export type ImageSummary = Omit<ImageRow, 'manifest' | 'key_domain' | 'repository_id'>;

const summaryColumns = [
  'digest',
  'media_type',
  'artifact_type',
  'size_bytes',
  'image_size_bytes',
  'subject',
  'pushed_at_ms',
  'last_pulled_at_ms',
] as const;

export async function findSummary(
  tables: Tables,
  repositoryId: number,
  digest: Digest,
): Promise<ImageSummary | undefined> {
  return tables
    .selectFrom('image')
    .select(summaryColumns)
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

/** Images in digest order. */
export async function listSummaries(
  tables: Tables,
  repositoryId: number,
  status: TagStatus,
  after: string,
  limit: number,
): Promise<readonly ImageSummary[]> {
  const query = tables
    .selectFrom('image')
    .select(summaryColumns)
    .where('repository_id', '=', repositoryId)
    .orderBy('digest');
  if (status === 'ANY') {
    return query
      .where('digest', '>', after as Digest)
      .limit(limit)
      .execute();
  }
  const digests = status === 'TAGGED' ? taggedDigests : untaggedDigests;
  return query.where('digest', 'in', digests(tables, repositoryId, after, limit)).execute();
}

/** In order; all tags of what is shown are looked at, and nothing else. */
function taggedDigests(tables: Tables, repositoryId: number, after: string, limit: number) {
  return tables
    .selectFrom('image_tag')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('digest', '>', after as Digest)
    .groupBy('digest')
    .orderBy('digest')
    .limit(limit);
}

function untaggedDigests(tables: Tables, repositoryId: number, after: string, limit: number) {
  return tables
    .selectFrom('image_untagged')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('digest', '>', after as Digest)
    .orderBy('digest')
    .limit(limit);
}

/** Tags of each of the images, in ASCII order. */
export async function tagsOf(
  tables: Tables,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly string[]>> {
  const tags = new Map<Digest, string[]>();
  for (const digest of digests) tags.set(digest, await tagsOfOne(tables, repositoryId, digest));
  return tags;
}

async function tagsOfOne(tables: Tables, repositoryId: number, digest: Digest): Promise<string[]> {
  const rows = await tables
    .selectFrom('image_tag')
    .select('tag')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .orderBy('tag')
    .execute();
  return rows.map((row) => row.tag);
}

/** Where a listing of (digest, tag) pairs goes on; the tag of an untagged image is empty. */
export interface IdentityPosition {
  readonly digest: string;
  readonly tag: string;
}

/** (digest, tag) pairs of tagged images, by digest and then tag. */
export async function listTagged(
  tables: Tables,
  repositoryId: number,
  after: IdentityPosition,
  limit: number,
): Promise<readonly ImageIdentity[]> {
  const rows = await tables
    .selectFrom('image_tag')
    .select(['digest', 'tag'])
    .where('repository_id', '=', repositoryId)
    // As a pair: two conditions joined by `or` would each be searched for, and all that is found be sorted.
    .where((where) => where(where.refTuple('digest', 'tag'), '>', where.tuple(after.digest as Digest, after.tag)))
    .orderBy('digest')
    .orderBy('tag')
    .limit(limit)
    .execute();
  return rows.map(({ digest, tag }) => ({ digest, tag }));
}

/** The same with images that have no tag; nothing is looked at that is not shown, however large the repository. */
export async function listAll(
  tables: Tables,
  repositoryId: number,
  after: IdentityPosition,
  limit: number,
): Promise<readonly ImageIdentity[]> {
  const rows = await tables
    .selectFrom('image')
    .leftJoin('image_tag', (join) =>
      join.onRef('image_tag.repository_id', '=', 'image.repository_id').onRef('image_tag.digest', '=', 'image.digest'),
    )
    .select(['image.digest', 'image_tag.tag'])
    .where('image.repository_id', '=', repositoryId)
    .where('image.digest', '>=', after.digest as Digest)
    .where((where) =>
      where.or([where('image.digest', '>', after.digest as Digest), where('image_tag.tag', '>', after.tag)]),
    )
    .orderBy('image.digest')
    .orderBy('image_tag.tag')
    .limit(limit)
    .execute();
  return rows.map(({ digest, tag }) => ({ digest, tag: tag ?? undefined }));
}

/** Digests of images without tags. */
export async function listUntagged(
  tables: Tables,
  repositoryId: number,
  after: IdentityPosition,
  limit: number,
): Promise<readonly ImageIdentity[]> {
  const rows = await untaggedDigests(tables, repositoryId, after.digest, limit).execute();
  return rows.map(({ digest }) => ({ digest, tag: undefined }));
}

export async function listTags(
  tables: Tables,
  repositoryId: number,
  after: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('image_tag')
    .select('tag')
    .where('repository_id', '=', repositoryId)
    .where('tag', '>', after)
    .orderBy('tag')
    .limit(limit)
    .execute();
  return rows.map((row) => row.tag);
}

export type ReferrerSummary = Pick<ImageRow, 'digest' | 'media_type' | 'artifact_type' | 'size_bytes'>;

/** Images whose manifest names the subject, in digest order. */
export async function listReferrers(
  tables: Tables,
  repositoryId: number,
  subject: Digest,
  artifactTypes: readonly string[] | undefined,
  after: string,
  limit: number,
): Promise<readonly ReferrerSummary[]> {
  let query = tables
    .selectFrom('image')
    .select(['digest', 'media_type', 'artifact_type', 'size_bytes'])
    .where('repository_id', '=', repositoryId)
    .where('subject', '=', subject)
    .where('digest', '>', after as Digest)
    .orderBy('digest')
    .limit(limit);
  if (artifactTypes !== undefined) query = query.where('artifact_type', 'in', artifactTypes);
  return query.execute();
}
