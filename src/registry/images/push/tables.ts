// The queries of a push; all of them run in its one transaction.

import type { Digest } from '#core/digest.ts';
import { limits } from '#core/limits.ts';
import type { RepositoryRow } from '../../repositories/tables.ts';
import type { LayerReference } from '../manifest/parse.ts';
import type { ImageRow, ImageTransaction } from '../tables.ts';

type Tables = ImageTransaction;

/** Values in one statement: engines bound how many parameters it may have. */
const batchSize = 200;

type RulesRow = Pick<RepositoryRow, 'tag_mutability' | 'exclusion_filters' | 'key_domain'>;

/** The repository's rules and its domain as they stand in this transaction; undefined when it is gone. */
export async function findRules(tables: Tables, repositoryId: number): Promise<RulesRow | undefined> {
  return tables
    .selectFrom('repository')
    .select(['tag_mutability', 'exclusion_filters', 'key_domain'])
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst();
}

/** The media type under which the repository has the image already; undefined when it has not. */
export async function findMediaType(tables: Tables, repositoryId: number, digest: Digest): Promise<string | undefined> {
  const row = await tables
    .selectFrom('image')
    .select('media_type')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row?.media_type;
}

export type ChildRow = Pick<ImageRow, 'digest' | 'media_type' | 'size_bytes' | 'image_size_bytes'>;

/** Those of the digests that are images of the repository. */
export async function findChildren(
  tables: Tables,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, ChildRow>> {
  const children = new Map<Digest, ChildRow>();
  for (const batch of batchesOf(digests)) {
    const rows = await tables
      .selectFrom('image')
      .select(['digest', 'media_type', 'size_bytes', 'image_size_bytes'])
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', batch)
      .execute();
    for (const row of rows) children.set(row.digest, row);
  }
  return children;
}

/** What the tags refer to now; a tag that is not there is not in the map. */
export async function findTags(
  tables: Tables,
  repositoryId: number,
  tags: readonly string[],
): Promise<ReadonlyMap<string, Digest>> {
  const found = new Map<string, Digest>();
  for (const batch of batchesOf(tags)) {
    const rows = await tables
      .selectFrom('image_tag')
      .select(['tag', 'digest'])
      .where('repository_id', '=', repositoryId)
      .where('tag', 'in', batch)
      .execute();
    for (const row of rows) found.set(row.tag, row.digest);
  }
  return found;
}

export async function countTags(tables: Tables, repositoryId: number, digest: Digest): Promise<number> {
  const row = await tables
    .selectFrom('image_tag')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Counts one image more; false when the repository is full. */
export async function takeImagePlace(tables: Tables, repositoryId: number): Promise<boolean> {
  const row = await tables
    .updateTable('repository')
    .set((set) => ({ image_count: set('image_count', '+', 1) }))
    .where('repository_id', '=', repositoryId)
    .where('image_count', '<', limits.imagesPerRepositoryMax)
    .returning('image_count')
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertImage(
  tables: Tables,
  row: ImageRow,
  layers: readonly LayerReference[],
  children: readonly Digest[],
): Promise<void> {
  const { repository_id, digest: image_digest } = row;
  await tables.insertInto('image').values(row).execute();
  for (const batch of batchesOf(layers)) {
    const rows = batch.map(({ digest: layer_digest, mediaType: media_type = null }) => ({
      ...{ repository_id, image_digest, layer_digest },
      media_type,
    }));
    await tables.insertInto('image_layer').values(rows).execute();
  }
  for (const batch of batchesOf(children)) {
    const rows = batch.map((child_digest) => ({ repository_id, image_digest, child_digest }));
    await tables.insertInto('image_child').values(rows).execute();
  }
}

export async function moveTags(
  tables: Tables,
  repositoryId: number,
  digest: Digest,
  tags: readonly string[],
): Promise<void> {
  for (const tag of tags) {
    await tables
      .insertInto('image_tag')
      .values({ repository_id: repositoryId, tag, digest })
      .onConflict((conflict) => conflict.columns(['repository_id', 'tag']).doUpdateSet({ digest }))
      .execute();
  }
}

function batchesOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const batches: (readonly Item[])[] = [];
  for (let start = 0; start < items.length; start += batchSize) batches.push(items.slice(start, start + batchSize));
  return batches;
}
