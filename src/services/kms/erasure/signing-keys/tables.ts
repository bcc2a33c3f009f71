// The table of the keys that the site signs with, and its queries.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface SigningKeyRow {
  /** From 1; the newest signs. There is one today. */
  readonly number: number;
  /** SHA-256 of the public key, 64 hex digits. */
  readonly key_id: string;
  /** The seed of the private key, sealed under the site key. */
  readonly sealed_key: Uint8Array;
  readonly created_at_ms: number;
}

export interface SigningKeyTables {
  readonly site_signing_key: SigningKeyRow;
}

type Queries = Kysely<SigningKeyTables> | Transaction<SigningKeyTables>;

export const signingKeyMigration: Migration = {
  name: '0333-site-signing-keys',
  async up({ schema }) {
    await schema
      .createTable('site_signing_key')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('sealed_key', 'blob', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

export function findSigningKey(tables: Queries): Promise<SigningKeyRow | undefined> {
  return tables.selectFrom('site_signing_key').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst();
}

/** The row that stands: this one, or the one that somebody else has just made. */
export async function insertSigningKey(tables: Queries, row: SigningKeyRow): Promise<SigningKeyRow> {
  await tables
    .insertInto('site_signing_key')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const standing = await findSigningKey(tables);
  if (standing === undefined) throw new Error('the signing key that was just made is not there');
  return standing;
}
