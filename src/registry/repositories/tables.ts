// The tables of repositories and every query over them. Columns are described in docs/design/metadata.md.

import type { Kysely, Transaction } from 'kysely';
import type { RegistryRef } from '#core/account.ts';
import type { Migration } from '#stores/sql/database.ts';
import type { ResourceTag } from '../registry.ts';

export interface RepositoryRow {
  readonly repository_id: number;
  readonly account_id: string;
  readonly region: string;
  readonly name: string;
  readonly created_at_ms: number;
  readonly tag_mutability: string;
  /** A JSON array of strings. */
  readonly exclusion_filters: string;
  /** 0 or 1. */
  readonly scan_on_push: number;
  readonly encryption_type: string;
  readonly kms_key: string | null;
  readonly key_domain: string;
  /** Names what its customer key is found by; null under the registry's own key. */
  readonly key_slot: string | null;
  /** How many rows of `image` the repository has; kept with them so that no push has to count. */
  readonly image_count: number;
  /** While its content is moved to another key: the domain and the slot that it is not written under. */
  readonly other_domain: string | null;
  readonly other_slot: string | null;
  /** The domain of manifests whose row names none; null where that is the repository's only one. */
  readonly unnamed_domain: string | null;
  /** Sealed under `repository-policy/<repository id>`. */
  readonly policy: Uint8Array | null;
}

export interface RepositoryTables {
  readonly repository: RepositoryRow;
  readonly repository_tag: { readonly repository_id: number; readonly key: string; readonly value: string };
  /** One row: the id given last. Ids are never given twice, because caches and sealed values are named by them. */
  readonly repository_sequence: { readonly last_id: number };
}

type Tables = Kysely<RepositoryTables>;
export type RepositoryTransaction = Transaction<RepositoryTables>;

export const repositoryMigration: Migration = {
  name: '0020-repositories',
  async up(database) {
    await database.schema
      .createTable('repository')
      .addColumn('repository_id', 'integer', (column) => column.primaryKey())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('tag_mutability', 'text', (column) => column.notNull())
      .addColumn('exclusion_filters', 'text', (column) => column.notNull())
      .addColumn('scan_on_push', 'integer', (column) => column.notNull())
      .addColumn('encryption_type', 'text', (column) => column.notNull())
      .addColumn('kms_key', 'text')
      .addColumn('key_domain', 'text', (column) => column.notNull())
      .addColumn('image_count', 'integer', (column) => column.notNull())
      .addColumn('policy', 'blob')
      .addUniqueConstraint('repository_name', ['account_id', 'region', 'name'])
      .execute();
    await database.schema
      .createTable('repository_tag')
      .addColumn('repository_id', 'integer', (column) =>
        column.notNull().references('repository.repository_id').onDelete('cascade'),
      )
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('repository_tag_key', ['repository_id', 'key'])
      .execute();
    await database.schema
      .createTable('repository_sequence')
      .addColumn('last_id', 'integer', (column) => column.notNull())
      .execute();
    // A step is given the database without types, because it has no tables before the first step.
    const tables = database as unknown as Tables;
    await tables.insertInto('repository_sequence').values({ last_id: 0 }).execute();
  },
};

export const repositoryKeyMigration: Migration = {
  name: '0090-repository-keys',
  async up(database) {
    await database.schema.alterTable('repository').addColumn('key_slot', 'text').execute();
  },
};

export const repositoryMoveMigration: Migration = {
  name: '0091-repository-moves',
  async up({ schema }) {
    await schema.alterTable('repository').addColumn('other_domain', 'text').execute();
    await schema.alterTable('repository').addColumn('other_slot', 'text').execute();
    await schema.alterTable('repository').addColumn('unnamed_domain', 'text').execute();
  },
};

/** The next repository id. */
export async function nextRepositoryId(transaction: RepositoryTransaction): Promise<number> {
  const row = await transaction
    .updateTable('repository_sequence')
    .set((set) => ({ last_id: set('last_id', '+', 1) }))
    .returning('last_id')
    .executeTakeFirstOrThrow();
  return row.last_id;
}

/** False when the registry has a repository of this name already. */
export async function insertRepository(tables: Tables, row: RepositoryRow): Promise<boolean> {
  const inserted = await tables
    .insertInto('repository')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'region', 'name']).doNothing())
    .returning('repository_id')
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function findRepository(
  tables: Tables,
  registry: RegistryRef,
  name: string,
): Promise<RepositoryRow | undefined> {
  return tables
    .selectFrom('repository')
    .selectAll()
    .where('account_id', '=', registry.accountId)
    .where('region', '=', registry.region)
    .where('name', '=', name)
    .executeTakeFirst();
}

export async function findRepositoryById(tables: Tables, repositoryId: number): Promise<RepositoryRow | undefined> {
  return tables.selectFrom('repository').selectAll().where('repository_id', '=', repositoryId).executeTakeFirst();
}

export async function listRepositories(
  tables: Tables,
  registry: RegistryRef,
  after: string,
  limit: number,
): Promise<readonly RepositoryRow[]> {
  return tables
    .selectFrom('repository')
    .selectAll()
    .where('account_id', '=', registry.accountId)
    .where('region', '=', registry.region)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
}

export async function countRepositories(tables: Tables, registry: RegistryRef): Promise<number> {
  const row = await tables
    .selectFrom('repository')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', registry.accountId)
    .where('region', '=', registry.region)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export type RepositoryChange = Partial<
  Omit<RepositoryRow, 'repository_id' | 'account_id' | 'region' | 'name' | 'created_at_ms' | 'image_count'>
>;

/** The changed row, or undefined when the repository is gone. */
export async function updateRepository(
  tables: Tables,
  repositoryId: number,
  change: RepositoryChange,
): Promise<RepositoryRow | undefined> {
  return tables
    .updateTable('repository')
    .set(change)
    .where('repository_id', '=', repositoryId)
    .returningAll()
    .executeTakeFirst();
}

/** Everything that refers to the repository goes with it, by `on delete cascade`. */
export async function deleteRepository(tables: Tables, repositoryId: number): Promise<void> {
  await tables.deleteFrom('repository').where('repository_id', '=', repositoryId).execute();
}

export async function findResourceTags(tables: Tables, repositoryId: number): Promise<readonly ResourceTag[]> {
  const rows = await tables
    .selectFrom('repository_tag')
    .select(['key', 'value'])
    .where('repository_id', '=', repositoryId)
    .orderBy('key')
    .execute();
  return rows.map(({ key, value }) => ({ key, value }));
}

export async function upsertResourceTags(
  tables: Tables,
  repositoryId: number,
  tags: readonly ResourceTag[],
): Promise<void> {
  for (const { key, value } of tags) {
    await tables
      .insertInto('repository_tag')
      .values({ repository_id: repositoryId, key, value })
      .onConflict((conflict) => conflict.columns(['repository_id', 'key']).doUpdateSet({ value }))
      .execute();
  }
}

export async function deleteResourceTags(tables: Tables, repositoryId: number, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await tables
      .deleteFrom('repository_tag')
      .where('repository_id', '=', repositoryId)
      .where('key', '=', key)
      .execute();
  }
}
