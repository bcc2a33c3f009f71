// The tables of images, what a push writes and what a pull reads. Columns are described in docs/design/metadata.md.

import type { Kysely, Transaction } from 'kysely';
import type { Digest } from '#core/digest.ts';
import type { Migration } from '#stores/sql/database.ts';
import type { RepositoryTables } from '../repositories/tables.ts';

export interface ImageRow {
  readonly repository_id: number;
  readonly digest: Digest;
  readonly media_type: string;
  readonly artifact_type: string | null;
  /** Bytes of the manifest itself. */
  readonly size_bytes: number;
  readonly image_size_bytes: number;
  readonly subject: Digest | null;
  readonly pushed_at_ms: number;
  readonly last_pulled_at_ms: number | null;
  /** Sealed under `manifest/<repository id>/<digest>`. After the others, so that they are read without it. */
  readonly manifest: Uint8Array;
  /** Which domain seals the manifest; null in rows that are older than the column. Only read with the manifest. */
  readonly key_domain: string | null;
}

export interface ImageTables extends RepositoryTables {
  readonly image: ImageRow;
  readonly image_tag: { readonly repository_id: number; readonly tag: string; readonly digest: Digest };
  /** Those images that no tag refers to: listings of them look at nothing else. */
  readonly image_untagged: { readonly repository_id: number; readonly digest: Digest };
  readonly image_layer: {
    readonly repository_id: number;
    readonly image_digest: Digest;
    readonly layer_digest: Digest;
    /** What the manifest calls it; null in schema 1, which does not say, and in rows older than the column. */
    readonly media_type: string | null;
  };
  readonly image_child: {
    readonly repository_id: number;
    readonly image_digest: Digest;
    readonly child_digest: Digest;
  };
}

export type ImageQueries = Kysely<ImageTables>;
export type ImageTransaction = Transaction<ImageTables>;

export const imageMigration: Migration = {
  name: '0030-images',
  async up(database) {
    await database.schema
      .createTable('image')
      .addColumn('repository_id', 'integer', (column) =>
        column.notNull().references('repository.repository_id').onDelete('cascade'),
      )
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('media_type', 'text', (column) => column.notNull())
      .addColumn('artifact_type', 'text')
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addColumn('image_size_bytes', 'bigint', (column) => column.notNull())
      .addColumn('subject', 'text')
      .addColumn('pushed_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('last_pulled_at_ms', 'bigint')
      .addColumn('manifest', 'blob', (column) => column.notNull())
      .addPrimaryKeyConstraint('image_key', ['repository_id', 'digest'])
      .execute();
    await createIndex(database, 'image_subject', 'image', ['repository_id', 'subject', 'digest']);
    await createPart(database, 'image_tag', { own: 'tag', image: 'digest' }, ['tag']);
    await createIndex(database, 'image_tag_digest', 'image_tag', ['repository_id', 'digest', 'tag']);
    await createPart(database, 'image_layer', { own: 'layer_digest', image: 'image_digest' }, [
      'layer_digest',
      'image_digest',
    ]);
    await createPart(database, 'image_child', { own: 'child_digest', image: 'image_digest' }, [
      'child_digest',
      'image_digest',
    ]);
    await createIndex(database, 'image_layer_image', 'image_layer', ['repository_id', 'image_digest']);
    await createIndex(database, 'image_child_image', 'image_child', ['repository_id', 'image_digest']);
  },
};

export const layerMediaTypeMigration: Migration = {
  name: '0060-layer-media-types',
  async up(database) {
    await database.schema.alterTable('image_layer').addColumn('media_type', 'text').execute();
  },
};

export const untaggedMigration: Migration = {
  name: '0080-untagged-images',
  async up(database) {
    await database.schema
      .createTable('image_untagged')
      .addColumn('repository_id', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('image_untagged_key', ['repository_id', 'digest'])
      .addForeignKeyConstraint(
        'image_untagged_of_image',
        ['repository_id', 'digest'],
        'image',
        ['repository_id', 'digest'],
        (constraint) => constraint.onDelete('cascade'),
      )
      .execute();
    const tables = database as ImageQueries;
    await tables
      .insertInto('image_untagged')
      .columns(['repository_id', 'digest'])
      .expression(
        tables
          .selectFrom('image')
          .select(['repository_id', 'digest'])
          .where(({ exists, not, selectFrom }) =>
            not(
              exists(
                selectFrom('image_tag')
                  .select('image_tag.tag')
                  .whereRef('image_tag.repository_id', '=', 'image.repository_id')
                  .whereRef('image_tag.digest', '=', 'image.digest'),
              ),
            ),
          ),
      )
      .execute();
  },
};

export const imageDomainMigration: Migration = {
  name: '0092-image-domains',
  async up({ schema }) {
    await schema.alterTable('image').addColumn('key_domain', 'text').execute();
  },
};

/** A table of things that belong to an image and go with it; `key` is what makes them unique in a repository. */
async function createPart(
  database: Kysely<unknown>,
  table: string,
  columns: { readonly own: string; readonly image: string },
  key: readonly string[],
): Promise<void> {
  await database.schema
    .createTable(table)
    .addColumn('repository_id', 'integer', (column) => column.notNull())
    .addColumn(columns.image, 'text', (column) => column.notNull())
    .addColumn(columns.own, 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ['repository_id', ...key] as never)
    .addForeignKeyConstraint(
      `${table}_of_image`,
      ['repository_id', columns.image] as never,
      'image',
      ['repository_id', 'digest'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();
}

async function createIndex(
  database: Kysely<unknown>,
  name: string,
  table: string,
  columns: readonly string[],
): Promise<void> {
  await database.schema
    .createIndex(name)
    .on(table)
    .columns([...columns])
    .execute();
}

/** Makes `image_untagged` true again after tags of the image have come or gone, in the same transaction. */
export async function noteTags(transaction: ImageTransaction, repository_id: number, digest: Digest): Promise<void> {
  const tag = await transaction
    .selectFrom('image_tag')
    .select('tag')
    .where('repository_id', '=', repository_id)
    .where('digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  if (tag === undefined) {
    await transaction
      .insertInto('image_untagged')
      .values({ repository_id, digest })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return;
  }
  await transaction
    .deleteFrom('image_untagged')
    .where('repository_id', '=', repository_id)
    .where('digest', '=', digest)
    .execute();
}

/** True when an image of the repository names the layer. For the layers' folder; give it a transaction to be sure. */
export async function isLayerReferenced(tables: ImageQueries, repositoryId: number, digest: Digest): Promise<boolean> {
  const row = await tables
    .selectFrom('image_layer')
    .select('layer_digest')
    .where('repository_id', '=', repositoryId)
    .where('layer_digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What an image of the repository calls each of the layers. For the layers' folder. */
export async function findLayerMediaTypes(
  tables: ImageQueries,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, string>> {
  const found = new Map<Digest, string>();
  for (const digest of digests) {
    const row = await tables
      .selectFrom('image_layer')
      .select('media_type')
      .where('repository_id', '=', repositoryId)
      .where('layer_digest', '=', digest)
      .where('media_type', 'is not', null)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined && row.media_type !== null) found.set(digest, row.media_type);
  }
  return found;
}
