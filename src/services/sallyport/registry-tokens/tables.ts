// The table of scoped registry tokens, what is known of their use, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface RegistryTokenRow {
  readonly token_id: string;
  readonly account_id: string;
  readonly region: string;
  /** Empty when it was given none. */
  readonly name: string;
  readonly principal_id: string;
  readonly principal_arn: string;
  readonly access_key_id: string;
  readonly source_address: string;
  /** JSON lists of texts. */
  readonly repositories: string;
  readonly actions: string;
  readonly once_ms: number | null;
  readonly issued_at_ms: number;
  readonly expires_at_ms: number;
  readonly revoked_at_ms: number | null;
  /** Of a token that is good once: who used it first, and when. */
  readonly bound_address: string | null;
  readonly bound_at_ms: number | null;
}

/** Kept apart, so that noting a use changes no token. */
export interface RegistryTokenUseRow {
  readonly token_id: string;
  readonly used_at_ms: number;
}

export interface RegistryTokenTables {
  readonly registry_token: RegistryTokenRow;
  readonly registry_token_use: RegistryTokenUseRow;
}

type Queries = Kysely<RegistryTokenTables> | Transaction<RegistryTokenTables>;

export const registryTokenMigrations: readonly Migration[] = [
  {
    name: '0210-registry-tokens',
    async up({ schema }) {
      await schema
        .createTable('registry_token')
        .addColumn('token_id', 'text', (column) => column.primaryKey())
        .addColumn('account_id', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('principal_id', 'text', (column) => column.notNull())
        .addColumn('principal_arn', 'text', (column) => column.notNull())
        .addColumn('access_key_id', 'text', (column) => column.notNull())
        .addColumn('source_address', 'text', (column) => column.notNull())
        .addColumn('repositories', 'text', (column) => column.notNull())
        .addColumn('actions', 'text', (column) => column.notNull())
        .addColumn('once_ms', 'bigint')
        .addColumn('issued_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('revoked_at_ms', 'bigint')
        .addColumn('bound_address', 'text')
        .addColumn('bound_at_ms', 'bigint')
        .execute();
      await schema
        .createIndex('registry_token_list')
        .on('registry_token')
        .columns(['account_id', 'token_id'])
        .execute();
      await schema.createIndex('registry_token_end').on('registry_token').column('expires_at_ms').execute();
      await schema
        .createTable('registry_token_use')
        .addColumn('token_id', 'text', (column) => column.primaryKey())
        .addColumn('used_at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
];

export async function insertRegistryToken(tables: Queries, row: RegistryTokenRow): Promise<void> {
  await tables.insertInto('registry_token').values(row).execute();
}

export function findRegistryToken(tables: Queries, tokenId: string): Promise<RegistryTokenRow | undefined> {
  return tables.selectFrom('registry_token').selectAll().where('token_id', '=', tokenId).executeTakeFirst();
}

/** How many of an account's tokens have not ended, and how many of those one principal made. */
export async function countRegistryTokens(tables: Queries, accountId: string, principalId: string, nowMs: number) {
  const rows = await tables
    .selectFrom('registry_token')
    .select('principal_id')
    .where('account_id', '=', accountId)
    .where('expires_at_ms', '>', nowMs)
    .where('revoked_at_ms', 'is', null)
    .execute();
  return { ofAccount: rows.length, ofPrincipal: rows.filter((row) => row.principal_id === principalId).length };
}

export type ListedRegistryToken = RegistryTokenRow & { readonly used_at_ms: number | null };

/** Those of an account that have not expired, in the order of their ids, after one id. */
export function listRegistryTokens(
  tables: Queries,
  { accountId, nowMs, after, limit }: { accountId: string; nowMs: number; after: string; limit: number },
): Promise<ListedRegistryToken[]> {
  return tables
    .selectFrom('registry_token')
    .leftJoin('registry_token_use', 'registry_token_use.token_id', 'registry_token.token_id')
    .selectAll('registry_token')
    .select('registry_token_use.used_at_ms')
    .where('account_id', '=', accountId)
    .where('registry_token.token_id', '>', after)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('registry_token.token_id')
    .limit(limit)
    .execute();
}

/** False when the account has no such token. */
export async function markRevoked(tables: Queries, accountId: string, tokenId: string, atMs: number): Promise<boolean> {
  const { numUpdatedRows } = await tables
    .updateTable('registry_token')
    .set({ revoked_at_ms: atMs })
    .where('account_id', '=', accountId)
    .where('token_id', '=', tokenId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Only the first one binds it. */
export async function bindRegistryToken(
  tables: Queries,
  { tokenId, address, atMs }: { readonly tokenId: string; readonly address: string; readonly atMs: number },
): Promise<void> {
  await tables
    .updateTable('registry_token')
    .set({ bound_address: address, bound_at_ms: atMs })
    .where('token_id', '=', tokenId)
    .where('bound_at_ms', 'is', null)
    .execute();
}

export async function upsertTokenUse(tables: Queries, { token_id, used_at_ms }: RegistryTokenUseRow): Promise<void> {
  await tables
    .insertInto('registry_token_use')
    .values({ token_id, used_at_ms })
    .onConflict((conflict) =>
      conflict.column('token_id').doUpdateSet({ used_at_ms }).where('registry_token_use.used_at_ms', '<', used_at_ms),
    )
    .execute();
}

/** Also what was noted of their use. */
export async function deleteEndedTokens(tables: Queries, nowMs: number): Promise<void> {
  const ended = tables.selectFrom('registry_token').select('token_id').where('expires_at_ms', '<=', nowMs);
  await tables.deleteFrom('registry_token_use').where('token_id', 'in', ended).execute();
  await tables.deleteFrom('registry_token').where('expires_at_ms', '<=', nowMs).execute();
}

export function findEndedToken(tables: Queries, nowMs: number): Promise<object | undefined> {
  return tables.selectFrom('registry_token').select('token_id').where('expires_at_ms', '<=', nowMs).executeTakeFirst();
}
