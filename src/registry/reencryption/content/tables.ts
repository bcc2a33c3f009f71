// The rows of a repository that a move to another key goes through and changes, one after another.

import type { Kysely, Transaction } from 'kysely';
import type { Digest } from '#core/digest.ts';
import type { ImageTables } from '../../images/tables.ts';
import type { LayerTables } from '../../layers/tables.ts';
import type { UploadTables } from '../../uploads/tables.ts';
import type { ReencryptionTables } from '../tables.ts';

/** Everything that is moved. */
export type MovingTables = ReencryptionTables & ImageTables & LayerTables & UploadTables;
export type MovingTransaction = Transaction<MovingTables>;

/** The same transaction, as the folder that owns the tables of layers sees it. */
export function layersIn(transaction: MovingTransaction): Transaction<LayerTables> {
  return transaction.$pickTables<keyof LayerTables>();
}

/** As what turns an upload into a layer sees it. */
export function uploadsIn(transaction: MovingTransaction): Transaction<UploadTables & LayerTables> {
  return transaction.$pickTables<keyof (UploadTables & LayerTables)>();
}

type All = Kysely<MovingTables>;

/** The next images in the order of their digests; their manifests are not read. */
export function walkImages(tables: All, repositoryId: number, after: string, limit: number) {
  return tables
    .selectFrom('image')
    .select(['digest', 'size_bytes'])
    .where('repository_id', '=', repositoryId)
    .where('digest', '>', after as Digest)
    .orderBy('digest')
    .limit(limit)
    .execute();
}

export function findSealed(tables: All, repositoryId: number, digests: readonly Digest[]) {
  return tables
    .selectFrom('image')
    .select(['digest', 'key_domain', 'manifest'])
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .execute();
}

/** False when the image is gone, or sealed anew by somebody else. */
export async function replaceManifest(
  tables: All,
  place: { readonly repositoryId: number; readonly digest: Digest; readonly before: string | null },
  sealed: { readonly manifest: Uint8Array; readonly key_domain: string },
): Promise<boolean> {
  const query = tables
    .updateTable('image')
    .set(sealed)
    .where('repository_id', '=', place.repositoryId)
    .where('digest', '=', place.digest)
    .where('key_domain', place.before === null ? 'is' : '=', place.before);
  return (await query.returning('digest').executeTakeFirst()) !== undefined;
}

/** The next layers in the order of their digests, and in which domain each is. */
export function walkLayers(tables: All, repositoryId: number, after: string, limit: number) {
  return tables
    .selectFrom('layer')
    .innerJoin('blob', 'blob.blob_id', 'layer.blob_id')
    .select(['layer.digest', 'layer.blob_id', 'blob.key_domain', 'blob.size_bytes'])
    .where('layer.repository_id', '=', repositoryId)
    .where('layer.digest', '>', after as Digest)
    .orderBy('layer.digest')
    .limit(limit)
    .execute();
}

/** False when the repository does not have the layer as this blob any more. */
export async function relinkLayer(
  tables: All,
  place: { readonly repositoryId: number; readonly digest: Digest; readonly before: string },
  blobId: string,
): Promise<boolean> {
  const row = await tables
    .updateTable('layer')
    .set({ blob_id: blobId })
    .where('repository_id', '=', place.repositoryId)
    .where('digest', '=', place.digest)
    .where('blob_id', '=', place.before)
    .returning('digest')
    .executeTakeFirst();
  return row !== undefined;
}

/** Parts of open uploads that are in no object of this domain, at most `limit`. */
export function foreignUploadParts(tables: All, repositoryId: number, domain: string, limit: number) {
  return tables
    .selectFrom('upload_part')
    .innerJoin('upload', 'upload.upload_id', 'upload_part.upload_id')
    .select(['upload_part.upload_id', 'upload_part.ordinal', 'upload_part.blob_key', 'upload_part.size_bytes'])
    .where('upload.repository_id', '=', repositoryId)
    .where('upload_part.blob_key', 'not like', `${domain}/%`)
    .orderBy('upload_part.upload_id')
    .orderBy('upload_part.ordinal')
    .limit(limit)
    .execute();
}

/** False when the part is gone or another object already. */
export async function replaceUploadPart(
  tables: All,
  part: { readonly upload_id: string; readonly ordinal: number; readonly blob_key: string },
  blobKey: string,
): Promise<boolean> {
  const row = await tables
    .updateTable('upload_part')
    .set({ blob_key: blobKey })
    .where('upload_id', '=', part.upload_id)
    .where('ordinal', '=', part.ordinal)
    .where('blob_key', '=', part.blob_key)
    .returning('upload_id')
    .executeTakeFirst();
  return row !== undefined;
}
