// What verification reads: all rows of the registry in the order of their keys, and who needs a blob.

import type { Kysely } from 'kysely';
import type { Digest } from '#core/digest.ts';
import type { ImageRow, ImageTables } from '../images/tables.ts';
import type { BlobRow, LayerTables } from '../layers/tables.ts';
import type { UploadTables } from '../uploads/tables.ts';

export type VerificationTables = LayerTables & ImageTables & UploadTables;
type Tables = Kysely<VerificationTables>;

export async function walkRepositories(tables: Tables, after: number, limit: number): Promise<readonly number[]> {
  const rows = await tables
    .selectFrom('repository')
    .select('repository_id')
    .where('repository_id', '>', after)
    .orderBy('repository_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.repository_id);
}

export async function countImages(tables: Tables, repositoryId: number): Promise<number> {
  const row = await tables
    .selectFrom('image')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The id that was given last; undefined when its row is gone. */
export async function lastRepositoryId(tables: Tables): Promise<number | undefined> {
  const row = await tables.selectFrom('repository_sequence').select('last_id').executeTakeFirst();
  return row?.last_id;
}

export async function walkImages(
  tables: Tables,
  repositoryId: number,
  after: Digest | undefined,
  limit: number,
): Promise<readonly Digest[]> {
  const all = tables.selectFrom('image').select('digest').where('repository_id', '=', repositoryId);
  const query = after === undefined ? all : all.where('digest', '>', after);
  const rows = await query.orderBy('digest').limit(limit).execute();
  return rows.map((row) => row.digest);
}

export async function findImageRow(
  tables: Tables,
  repositoryId: number,
  digest: Digest,
): Promise<ImageRow | undefined> {
  return tables
    .selectFrom('image')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

export async function tagsOf(tables: Tables, repositoryId: number, digest: Digest): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('image_tag')
    .select('tag')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .orderBy('tag')
    .limit(20)
    .execute();
  return rows.map((row) => row.tag);
}

export async function layersOf(tables: Tables, repositoryId: number, digest: Digest): Promise<readonly Digest[]> {
  const rows = await tables
    .selectFrom('image_layer')
    .select('layer_digest')
    .where('repository_id', '=', repositoryId)
    .where('image_digest', '=', digest)
    .execute();
  return rows.map((row) => row.layer_digest);
}

export async function childrenOf(tables: Tables, repositoryId: number, digest: Digest): Promise<readonly Digest[]> {
  const rows = await tables
    .selectFrom('image_child')
    .select('child_digest')
    .where('repository_id', '=', repositoryId)
    .where('image_digest', '=', digest)
    .execute();
  return rows.map((row) => row.child_digest);
}

/** Sizes of the images among the digests: of their manifests, and of all they hold. */
export async function imageSizes(tables: Tables, repositoryId: number, digests: readonly Digest[]) {
  if (digests.length === 0) return [];
  return tables
    .selectFrom('image')
    .select(['digest', 'size_bytes', 'image_size_bytes'])
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .execute();
}

/** Layers of the repository whose blob is gone or has another digest. */
export async function strayLayers(tables: Tables, repositoryId: number): Promise<readonly Digest[]> {
  const rows = await tables
    .selectFrom('layer')
    .leftJoin('blob', 'blob.blob_id', 'layer.blob_id')
    .select('layer.digest')
    .where('layer.repository_id', '=', repositoryId)
    .where(({ or, eb, ref }) => or([eb('blob.digest', 'is', null), eb('blob.digest', '!=', ref('layer.digest'))]))
    .limit(100)
    .execute();
  return rows.map((row) => row.digest);
}

/** Images that `image_untagged` and the tags tell different things of, the first ones of many. */
export function misfiledImages(tables: Tables, repositoryId: number) {
  return tables
    .selectFrom('image')
    .leftJoin('image_untagged as untagged', (join) =>
      join.onRef('untagged.repository_id', '=', 'image.repository_id').onRef('untagged.digest', '=', 'image.digest'),
    )
    .select(({ exists, selectFrom }) => [
      'image.digest',
      exists(
        selectFrom('image_tag')
          .select('image_tag.tag')
          .whereRef('image_tag.repository_id', '=', 'image.repository_id')
          .whereRef('image_tag.digest', '=', 'image.digest'),
      ).as('isTagged'),
    ])
    .where('image.repository_id', '=', repositoryId)
    .where(({ eb, exists, selectFrom }) =>
      eb(
        eb('untagged.digest', 'is not', null),
        '=',
        exists(
          selectFrom('image_tag')
            .select('image_tag.tag')
            .whereRef('image_tag.repository_id', '=', 'image.repository_id')
            .whereRef('image_tag.digest', '=', 'image.digest'),
        ),
      ),
    )
    .limit(100)
    .execute();
}

export async function walkBlobs(tables: Tables, after: string, limit: number): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('blob')
    .select('blob_id')
    .where('blob_id', '>', after)
    .orderBy('blob_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.blob_id);
}

export async function findBlobRow(tables: Tables, blobId: string): Promise<BlobRow | undefined> {
  return tables.selectFrom('blob').selectAll().where('blob_id', '=', blobId).executeTakeFirst();
}

export async function walkUploads(tables: Tables, after: string, limit: number): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('upload')
    .select('upload_id')
    .where('upload_id', '>', after)
    .orderBy('upload_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.upload_id);
}

export async function findUploadRow(tables: Tables, uploadId: string) {
  return tables.selectFrom('upload').selectAll().where('upload_id', '=', uploadId).executeTakeFirst();
}

export async function partsOfUpload(tables: Tables, uploadId: string) {
  return tables.selectFrom('upload_part').selectAll().where('upload_id', '=', uploadId).orderBy('ordinal').execute();
}

/** Images that need the blob, the first ones of many; and repositories that have it without an image. */
export async function usersOfBlob(tables: Tables, blobId: string, limit: number) {
  return tables
    .selectFrom('layer')
    .innerJoin('repository', 'repository.repository_id', 'layer.repository_id')
    .leftJoin('image_layer', (join) =>
      join
        .onRef('image_layer.repository_id', '=', 'layer.repository_id')
        .onRef('image_layer.layer_digest', '=', 'layer.digest'),
    )
    .select(['repository.repository_id', 'repository.account_id', 'repository.region', 'repository.name'])
    .select('image_layer.image_digest')
    .where('layer.blob_id', '=', blobId)
    .limit(limit)
    .execute();
}

/** The next objects of the blob store that rows name, in the order of their keys: what a backup has to copy. */
export async function walkObjects(tables: Tables, after: string, limit: number) {
  return tables
    .selectFrom('blob_part')
    .select(['blob_key', 'size_bytes'])
    .where('blob_key', '>', after)
    .orderBy('blob_key')
    .limit(limit)
    .execute();
}
