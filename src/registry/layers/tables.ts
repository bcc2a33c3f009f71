// The tables of layers: what bytes there are (blob, in parts), and which repository has them (layer).

import type { Kysely } from 'kysely';
import type { Digest } from '#core/digest.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Migration } from '#stores/sql/database.ts';
import type { RepositoryTables } from '../repositories/tables.ts';

export interface BlobRow {
  /** 32 hex digits, random. */
  readonly blob_id: string;
  readonly key_domain: KeyDomainId;
  readonly digest: Digest;
  readonly size_bytes: number;
  readonly created_at_ms: number;
}

export interface BlobPartRow {
  readonly blob_id: string;
  readonly ordinal: number;
  /** Key in the blob store. */
  readonly blob_key: string;
  readonly size_bytes: number;
}

export interface LayerRow {
  readonly repository_id: number;
  readonly digest: Digest;
  readonly blob_id: string;
  /** When somebody was last told, or could last conclude, that the layer is here. Collection's grace counts from it. */
  readonly touched_at_ms: number;
}

export interface LayerTables extends RepositoryTables {
  readonly blob: BlobRow;
  readonly blob_part: BlobPartRow;
  readonly layer: LayerRow;
  /** Objects that nothing refers to any more; they stay until readers that began before have ended. */
  readonly garbage: { readonly blob_key: string; readonly since_ms: number };
}

type Tables = Kysely<LayerTables>;

export const layerMigration: Migration = {
  name: '0040-layers',
  async up(database) {
    const { schema } = database;
    await schema
      .createTable('blob')
      .addColumn('blob_id', 'text', (column) => column.primaryKey())
      .addColumn('key_domain', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('blob_digest', ['key_domain', 'digest'])
      .execute();
    await schema
      .createTable('blob_part')
      .addColumn('blob_id', 'text', (column) => column.notNull().references('blob.blob_id').onDelete('cascade'))
      .addColumn('ordinal', 'integer', (column) => column.notNull())
      .addColumn('blob_key', 'text', (column) => column.notNull().unique())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('blob_part_key', ['blob_id', 'ordinal'])
      .execute();
    await schema
      .createTable('layer')
      .addColumn('repository_id', 'integer', (column) =>
        column.notNull().references('repository.repository_id').onDelete('cascade'),
      )
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('blob_id', 'text', (column) => column.notNull().references('blob.blob_id'))
      .addColumn('touched_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('layer_key', ['repository_id', 'digest'])
      .execute();
    await schema.createIndex('layer_blob').on('layer').column('blob_id').execute();
    await schema.createIndex('layer_touched').on('layer').column('touched_at_ms').execute();
    await schema
      .createTable('garbage')
      .addColumn('blob_key', 'text', (column) => column.primaryKey())
      .addColumn('since_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** A layer with its blob: all that answering HEAD and GET needs but the parts. */
export type FoundLayer = LayerRow & Pick<BlobRow, 'size_bytes' | 'key_domain'>;

export async function findLayer(tables: Tables, repositoryId: number, digest: Digest): Promise<FoundLayer | undefined> {
  return tables
    .selectFrom('layer')
    .innerJoin('blob', 'blob.blob_id', 'layer.blob_id')
    .selectAll('layer')
    .select(['blob.size_bytes', 'blob.key_domain'])
    .where('layer.repository_id', '=', repositoryId)
    .where('layer.digest', '=', digest)
    .executeTakeFirst();
}

const chunk = 500;

/** Which of the digests the repository has, and their sizes. Inside a push's transaction it is the check of a push. */
export async function findLayers(
  tables: Tables,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, { readonly sizeBytes: number }>> {
  const found = new Map<Digest, { readonly sizeBytes: number }>();
  for (let start = 0; start < digests.length; start += chunk) {
    const rows = await tables
      .selectFrom('layer')
      .innerJoin('blob', 'blob.blob_id', 'layer.blob_id')
      .select(['layer.digest', 'blob.size_bytes'])
      .where('layer.repository_id', '=', repositoryId)
      .where('layer.digest', 'in', digests.slice(start, start + chunk))
      .execute();
    for (const row of rows) found.set(row.digest, { sizeBytes: row.size_bytes });
  }
  return found;
}

export async function findBlob(tables: Tables, domain: KeyDomainId, digest: Digest): Promise<BlobRow | undefined> {
  return tables
    .selectFrom('blob')
    .selectAll()
    .where('key_domain', '=', domain)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

export async function findParts(tables: Tables, blobId: string): Promise<readonly BlobPartRow[]> {
  return tables.selectFrom('blob_part').selectAll().where('blob_id', '=', blobId).orderBy('ordinal').execute();
}

export async function insertBlob(
  tables: Tables,
  blob: BlobRow,
  parts: ReadonlyArray<{ readonly blob_key: string; readonly size_bytes: number }>,
): Promise<void> {
  await tables.insertInto('blob').values(blob).execute();
  if (parts.length === 0) return;
  const rows = parts.map(({ blob_key, size_bytes }, ordinal) => ({
    blob_id: blob.blob_id,
    ordinal,
    blob_key,
    size_bytes,
  }));
  await tables.insertInto('blob_part').values(rows).execute();
}

/** Makes the blob visible in the repository, or renews its grace; a layer that was in another domain is in this one. */
export async function upsertLayer(tables: Tables, layer: LayerRow): Promise<void> {
  await tables
    .insertInto('layer')
    .values(layer)
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'digest'])
        .doUpdateSet({ touched_at_ms: layer.touched_at_ms, blob_id: layer.blob_id }),
    )
    .execute();
}

/** False when the repository has no such layer. */
export async function touchLayer(
  tables: Tables,
  repositoryId: number,
  digest: Digest,
  nowMs: number,
): Promise<boolean> {
  const row = await tables
    .updateTable('layer')
    .set({ touched_at_ms: nowMs })
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .returning('digest')
    .executeTakeFirst();
  return row !== undefined;
}

/** False when the repository has no such layer. */
export async function deleteLayer(tables: Tables, repositoryId: number, digest: Digest): Promise<boolean> {
  const row = await tables
    .deleteFrom('layer')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .returning('blob_id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Names after `after` of repositories of the target's registry that hold the digest in the same key domain. */
export async function findHolders(
  tables: Tables,
  target: { readonly accountId: string; readonly region: string; readonly keyDomain: KeyDomainId },
  digest: Digest,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('layer')
    .innerJoin('blob', 'blob.blob_id', 'layer.blob_id')
    .innerJoin('repository', 'repository.repository_id', 'layer.repository_id')
    .select('repository.name')
    .where('blob.key_domain', '=', target.keyDomain)
    .where('blob.digest', '=', digest)
    .where('repository.account_id', '=', target.accountId)
    .where('repository.region', '=', target.region)
    .where('repository.name', '>', after)
    .orderBy('repository.name')
    .limit(limit)
    .execute();
  return rows.map((row) => row.name);
}

/** Hands objects over to collection: from now on nothing refers to them. */
export async function insertGarbage(tables: Tables, keys: readonly string[], nowMs: number): Promise<void> {
  for (const key of keys) {
    await tables
      .insertInto('garbage')
      .values({ blob_key: key, since_ms: nowMs })
      .onConflict((conflict) => conflict.column('blob_key').doNothing())
      .execute();
  }
}

/** True when collection has taken one of the objects for its own: then no row may name it any more. */
export async function isAnyGarbage(tables: Tables, keys: readonly string[]): Promise<boolean> {
  if (keys.length === 0) return false;
  const query = tables.selectFrom('garbage').select('blob_key').where('blob_key', 'in', keys);
  return (await query.limit(1).executeTakeFirst()) !== undefined;
}

/** The domains that the repository has content in, as the transaction that writes sees it; undefined once gone. */
export function findDomains(tables: Tables, repositoryId: number) {
  return tables
    .selectFrom('repository')
    .select(['key_domain', 'other_domain'])
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst();
}

/** False when the repository was deleted meanwhile: then nothing may be added to it. */
export async function hasRepository(tables: Tables, repositoryId: number): Promise<boolean> {
  const row = await tables
    .selectFrom('repository')
    .select('repository_id')
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst();
  return row !== undefined;
}
