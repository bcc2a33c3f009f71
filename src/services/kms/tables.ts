// The table of key domains: a wrapped key for each registry, and one beside the customer's for each KMS_DSSE domain.

import type { Kysely } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import { assertRootStands } from './root/standing.ts';
import { type RootKeyTables, rootMigrations } from './root/tables.ts';

export interface KeyDomainRow {
  /** 16 characters of lower-case base32. */
  readonly domain_id: string;
  readonly account_id: string;
  readonly region: string;
  /** Empty for the registry's own key; the domain's id where it is the second key beside a customer's. */
  readonly kms_key: string;
  readonly key_version: number;
  /** The domain's key under the root key; docs/design/blob-format.md has the bytes. */
  readonly wrapped_key: Uint8Array;
  readonly created_at_ms: number;
}

export interface KeyTables extends RootKeyTables {
  readonly key_domain: KeyDomainRow;
}

type Tables = Kysely<KeyTables>;

export const kmsMigrations: readonly Migration[] = [
  ...rootMigrations,
  {
    name: '0001-key-domains',
    async up(database) {
      await database.schema
        .createTable('key_domain')
        .addColumn('domain_id', 'text', (column) => column.primaryKey())
        .addColumn('account_id', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('kms_key', 'text', (column) => column.notNull())
        .addColumn('key_version', 'integer', (column) => column.notNull())
        .addColumn('wrapped_key', 'blob', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('key_domain_scope', ['account_id', 'region', 'kms_key'])
        .execute();
    },
  },
];

export async function findDomain(tables: Tables, domainId: string): Promise<KeyDomainRow | undefined> {
  return tables.selectFrom('key_domain').selectAll().where('domain_id', '=', domainId).executeTakeFirst();
}

/** One domain, whichever; undefined in a new database, with its tables or without. */
export async function findAnyDomain(tables: Tables): Promise<KeyDomainRow | undefined> {
  const known = await tables.introspection.getTables();
  if (!known.some(({ name }) => name === 'key_domain')) return undefined;
  return tables.selectFrom('key_domain').selectAll().limit(1).executeTakeFirst();
}

export async function findDomainOf(
  tables: Tables,
  accountId: string,
  region: string,
  kmsKey: string,
): Promise<KeyDomainRow | undefined> {
  return tables
    .selectFrom('key_domain')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('kms_key', '=', kmsKey)
    .executeTakeFirst();
}

/**
 * The row that stands for the scope: this one, or the one that was there before. Throws StaleRootError when the root
 * key that wrapped it stands no more.
 */
export async function insertDomain(tables: Tables, row: KeyDomainRow): Promise<KeyDomainRow> {
  await assertRootStands(tables, row.wrapped_key);
  await tables
    .insertInto('key_domain')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'region', 'kms_key']).doNothing())
    .execute();
  const standing = await findDomainOf(tables, row.account_id, row.region, row.kms_key);
  if (standing === undefined) throw new Error('the key domain that was just made is not there');
  return standing;
}

export async function listDomains(tables: Tables): Promise<readonly KeyDomainRow[]> {
  return tables.selectFrom('key_domain').selectAll().orderBy('domain_id').execute();
}

/** At most `limit` domains after this id, by id. */
export async function listDomainsAfter(tables: Tables, id: string, limit: number): Promise<readonly KeyDomainRow[]> {
  return tables
    .selectFrom('key_domain')
    .selectAll()
    .where('domain_id', '>', id)
    .orderBy('domain_id')
    .limit(limit)
    .execute();
}

/** Only where the wrapped key still is the one that was read. */
export async function replaceWrappedKey(tables: Tables, id: string, old: Uint8Array, wrapped: Buffer): Promise<void> {
  await tables
    .updateTable('key_domain')
    .set({ wrapped_key: wrapped })
    .where('domain_id', '=', id)
    .where('wrapped_key', '=', old)
    .execute();
}
