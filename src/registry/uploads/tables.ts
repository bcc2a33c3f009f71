// The tables of open uploads: how far each is, and the parts that are durable already.

import type { Kysely, Transaction } from 'kysely';
import type { DigestAlgorithm } from '#core/digest.ts';
import type { Migration } from '#stores/sql/database.ts';
import type { LayerTables } from '../layers/tables.ts';
import type { RepositoryTables } from '../repositories/tables.ts';

export interface UploadRow {
  /** A lower-case UUID. */
  readonly upload_id: string;
  readonly repository_id: number;
  /** `<account>/<region>`: beside the repository, so that a registry's uploads are counted in one index. */
  readonly registry: string;
  /** What the client said it will ask for; only decides which hash runs along. */
  readonly algorithm: DigestAlgorithm;
  readonly received_bytes: number;
  readonly parts: number;
  readonly touched_at_ms: number;
  /** The principal's unique id; empty where it was not said, as for uploads that are older than the column. */
  readonly opened_by: string;
}

export interface UploadPartRow {
  readonly upload_id: string;
  readonly ordinal: number;
  readonly blob_key: string;
  readonly size_bytes: number;
}

export interface UploadTables extends RepositoryTables {
  readonly upload: UploadRow;
  readonly upload_part: UploadPartRow;
}

type Tables = Kysely<UploadTables>;

/** What turns an upload into a layer. */
export type UploadTransaction = Transaction<UploadTables & LayerTables>;

export const uploadMigration: Migration = {
  name: '0050-uploads',
  async up(database) {
    const { schema } = database;
    await schema
      .createTable('upload')
      .addColumn('upload_id', 'text', (column) => column.primaryKey())
      .addColumn('repository_id', 'integer', (column) =>
        column.notNull().references('repository.repository_id').onDelete('cascade'),
      )
      .addColumn('registry', 'text', (column) => column.notNull())
      .addColumn('algorithm', 'text', (column) => column.notNull())
      .addColumn('received_bytes', 'bigint', (column) => column.notNull())
      .addColumn('parts', 'integer', (column) => column.notNull())
      .addColumn('touched_at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await schema.createIndex('upload_repository').on('upload').column('repository_id').execute();
    await schema.createIndex('upload_registry').on('upload').column('registry').execute();
    await schema.createIndex('upload_touched').on('upload').column('touched_at_ms').execute();
    await schema
      .createTable('upload_part')
      .addColumn('upload_id', 'text', (column) => column.notNull().references('upload.upload_id').onDelete('cascade'))
      .addColumn('ordinal', 'integer', (column) => column.notNull())
      .addColumn('blob_key', 'text', (column) => column.notNull().unique())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('upload_part_key', ['upload_id', 'ordinal'])
      .execute();
  },
};

export const uploadCallerMigration: Migration = {
  name: '0070-upload-callers',
  async up({ schema }) {
    await schema
      .alterTable('upload')
      .addColumn('opened_by', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await schema.createIndex('upload_caller').on('upload').columns(['registry', 'opened_by']).execute();
  },
};

/** Open uploads of one principal in all repositories of a registry. */
export async function countUploadsOf(tables: Tables, registry: string, openedBy: string): Promise<number> {
  const row = await tables
    .selectFrom('upload')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('registry', '=', registry)
    .where('opened_by', '=', openedBy)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Open uploads of all repositories of a registry. */
export async function countUploads(tables: Tables, registry: string): Promise<number> {
  const row = await tables
    .selectFrom('upload')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('registry', '=', registry)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function insertUpload(tables: Tables, row: UploadRow): Promise<void> {
  await tables.insertInto('upload').values(row).execute();
}

export async function findUpload(
  tables: Tables,
  repositoryId: number,
  uploadId: string,
): Promise<UploadRow | undefined> {
  return tables
    .selectFrom('upload')
    .selectAll()
    .where('upload_id', '=', uploadId)
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst();
}

export async function findUploadParts(tables: Tables, uploadId: string): Promise<readonly UploadPartRow[]> {
  return tables.selectFrom('upload_part').selectAll().where('upload_id', '=', uploadId).orderBy('ordinal').execute();
}

/** Adds a part to the upload as it was when the part began; false when it has changed or is gone. */
export async function insertUploadPart(
  tables: Tables,
  before: UploadRow,
  part: { readonly blobKey: string; readonly sizeBytes: number },
  nowMs: number,
): Promise<boolean> {
  const updated = await tables
    .updateTable('upload')
    .set({
      received_bytes: before.received_bytes + part.sizeBytes,
      parts: before.parts + 1,
      touched_at_ms: nowMs,
    })
    .where('upload_id', '=', before.upload_id)
    .where('received_bytes', '=', before.received_bytes)
    .where('parts', '=', before.parts)
    .returning('upload_id')
    .executeTakeFirst();
  if (updated === undefined) return false;
  await tables
    .insertInto('upload_part')
    .values({
      upload_id: before.upload_id,
      ordinal: before.parts,
      blob_key: part.blobKey,
      size_bytes: part.sizeBytes,
    })
    .execute();
  return true;
}

/** Under which condition an upload may be deleted; without any, always. */
export interface DeleteIf {
  /** Nobody has added to it since it was read. */
  readonly unchanged?: Pick<UploadRow, 'received_bytes' | 'parts'>;
  /** Nobody has touched it since this time. */
  readonly idleSinceMs?: number;
}

/** Its parts go with it, by cascade. False when it is gone already or the condition does not hold. */
export async function deleteUpload(
  tables: Tables,
  uploadId: string,
  { unchanged, idleSinceMs }: DeleteIf = {},
): Promise<boolean> {
  let query = tables.deleteFrom('upload').where('upload_id', '=', uploadId);
  if (unchanged !== undefined) {
    const { received_bytes, parts } = unchanged;
    query = query.where('received_bytes', '=', received_bytes).where('parts', '=', parts);
  }
  if (idleSinceMs !== undefined) query = query.where('touched_at_ms', '<', idleSinceMs);
  return (await query.returning('upload_id').executeTakeFirst()) !== undefined;
}

/** The longest idle ones first. */
export async function findIdleUploads(tables: Tables, beforeMs: number, limit: number): Promise<readonly UploadRow[]> {
  return tables
    .selectFrom('upload')
    .selectAll()
    .where('touched_at_ms', '<', beforeMs)
    .orderBy('touched_at_ms')
    .limit(limit)
    .execute();
}
