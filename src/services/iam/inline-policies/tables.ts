// The table of inline policies, keyed by who owns them (user, group or role), and every query on it.

import type { Kysely, Transaction } from 'kysely';

export interface InlinePolicyRow {
  /** The owner's unique id: `AIDA…`, `AGPA…`, `AROA…`. */
  readonly owner_id: string;
  readonly account_id: string;
  readonly policy_name: string;
  /** Sealed in the account's key domain. */
  readonly document: Uint8Array;
}

export interface InlinePolicyTables {
  readonly inline_policy: InlinePolicyRow;
}

export type InlinePolicyKey = Omit<InlinePolicyRow, 'document'>;

type Queries = Kysely<InlinePolicyTables> | Transaction<InlinePolicyTables>;

export function listInlinePolicies(tables: Queries, ownerId: string): Promise<InlinePolicyRow[]> {
  return tables
    .selectFrom('inline_policy')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('policy_name')
    .execute();
}

export function findInlinePolicy(tables: Queries, ownerId: string, name: string): Promise<InlinePolicyRow | undefined> {
  return tables
    .selectFrom('inline_policy')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('policy_name', '=', name)
    .executeTakeFirst();
}

export async function upsertInlinePolicy(tables: Queries, row: InlinePolicyRow): Promise<void> {
  const { document } = row;
  await tables
    .insertInto('inline_policy')
    .values(row)
    .onConflict((conflict) => conflict.columns(['owner_id', 'policy_name']).doUpdateSet({ document }))
    .execute();
}

/** False when the owner has no policy of this name. */
export async function deleteInlinePolicy(tables: Queries, ownerId: string, policyName: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('inline_policy')
    .where('owner_id', '=', ownerId)
    .where('policy_name', '=', policyName)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function walkInlinePolicies(tables: Queries): Promise<readonly InlinePolicyKey[]> {
  return tables
    .selectFrom('inline_policy')
    .select(['owner_id', 'account_id', 'policy_name'])
    .orderBy('owner_id')
    .execute();
}
