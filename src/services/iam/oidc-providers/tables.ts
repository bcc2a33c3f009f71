// The table of OIDC providers and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface OidcProviderRow {
  readonly account_id: string;
  /** The issuer without its scheme: what stands in the ARN. */
  readonly name: string;
  /** The `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** JSON lists of texts. */
  readonly client_ids: string;
  readonly thumbprints: string;
  readonly created_at_ms: number;
}

export interface OidcProviderTables {
  readonly oidc_provider: OidcProviderRow;
}

type Queries = Kysely<OidcProviderTables> | Transaction<OidcProviderTables>;

export const oidcProviderMigration: Migration = {
  name: '0130-iam-oidc-providers',
  async up({ schema }) {
    await schema
      .createTable('oidc_provider')
      .addColumn('account_id', 'text', (column) => column.notNull().references('account.account_id'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('client_ids', 'text', (column) => column.notNull())
      .addColumn('thumbprints', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('oidc_provider_key', ['account_id', 'name'])
      .execute();
  },
};

export function findProvider(tables: Queries, accountId: string, name: string): Promise<OidcProviderRow | undefined> {
  return tables
    .selectFrom('oidc_provider')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** All of an account, which are few by their quota, in the order of their names. */
export function listProviders(tables: Queries, accountId: string): Promise<OidcProviderRow[]> {
  return tables.selectFrom('oidc_provider').selectAll().where('account_id', '=', accountId).orderBy('name').execute();
}

/** All of all accounts, by their keys. */
export function walkProviders(tables: Queries): Promise<Array<Pick<OidcProviderRow, 'account_id' | 'name'>>> {
  const all = tables.selectFrom('oidc_provider').select(['account_id', 'name']);
  return all.orderBy('account_id').orderBy('name').execute();
}

export async function insertProvider(tables: Queries, row: OidcProviderRow): Promise<void> {
  await tables.insertInto('oidc_provider').values(row).execute();
}

export async function updateProvider(
  tables: Queries,
  { account_id, name }: OidcProviderRow,
  change: Partial<Pick<OidcProviderRow, 'client_ids' | 'thumbprints'>>,
): Promise<void> {
  await tables
    .updateTable('oidc_provider')
    .set(change)
    .where('account_id', '=', account_id)
    .where('name', '=', name)
    .execute();
}

export async function deleteProvider(tables: Queries, accountId: string, name: string): Promise<void> {
  await tables.deleteFrom('oidc_provider').where('account_id', '=', accountId).where('name', '=', name).execute();
}
