// What Sallyport's own door keeps of an account: most of it has expired before an account is removed.

import { sql, type Transaction } from 'kysely';
import type { DenialTables } from '../denials/tables.ts';
import type { IssuedTables } from '../issued/tables.ts';
import type { QuarantineTables } from '../quarantine/tables.ts';
import type { RegistryTokenTables } from '../registry-tokens/tables.ts';

export type OwnTables = DenialTables & IssuedTables & QuarantineTables & RegistryTokenTables;

const keyed = [
  ['denial', 'request_id'],
  ['issued', 'issued_id'],
  ['key_quarantine', 'access_key_id'],
] as const;

/** How many rows were removed, at most `limit` of a table. */
export async function deleteSome(tables: Transaction<OwnTables>, accountId: string, limit: number): Promise<number> {
  let removed = 0;
  const count = ({ numAffectedRows = 0n }: { numAffectedRows?: bigint }) => (removed += Number(numAffectedRows));
  for (const [table, key] of keyed) {
    const some = sql`select ${sql.ref(key)} from ${sql.table(table)} where account_id = ${accountId} limit ${limit}`;
    const all = sql`delete from ${sql.table(table)} where account_id = ${accountId} and ${sql.ref(key)} in (${some})`;
    count(await all.execute(tables));
  }
  const tokens = sql`select token_id from registry_token where account_id = ${accountId}
    order by token_id limit ${limit}`;
  await sql`delete from registry_token_use where token_id in (${tokens})`.execute(tables);
  count(await sql`delete from registry_token where token_id in (${tokens})`.execute(tables));
  return removed;
}
