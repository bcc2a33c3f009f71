// The table of permissions boundaries: one managed policy a user or role.

import type { Kysely, Transaction } from 'kysely';

export interface BoundaryRow {
  readonly owner_id: string;
  /** The owner's account; an AWS-managed policy's ARN does not say it. */
  readonly account_id: string;
  readonly policy_arn: string;
}

export interface BoundaryTables {
  readonly permissions_boundary: BoundaryRow;
}

type Queries = Kysely<BoundaryTables> | Transaction<BoundaryTables>;

/** The policy's ARN; undefined where none is set. */
export async function findBoundary(tables: Queries, ownerId: string): Promise<string | undefined> {
  const row = await tables
    .selectFrom('permissions_boundary')
    .select('policy_arn')
    .where('owner_id', '=', ownerId)
    .executeTakeFirst();
  return row?.policy_arn;
}

export async function upsertBoundary(tables: Queries, row: BoundaryRow): Promise<void> {
  const { policy_arn } = row;
  await tables
    .insertInto('permissions_boundary')
    .values(row)
    .onConflict((conflict) => conflict.column('owner_id').doUpdateSet({ policy_arn }))
    .execute();
}

/** False where none was set. */
export async function deleteBoundary(tables: Queries, ownerId: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('permissions_boundary')
    .where('owner_id', '=', ownerId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Pairs of policy and number of entities that it bounds. */
export async function countBoundaries(tables: Queries, accountId: string): Promise<Array<[string, number]>> {
  const rows = await tables
    .selectFrom('permissions_boundary')
    .select('policy_arn')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .groupBy('policy_arn')
    .execute();
  return rows.map((row) => [row.policy_arn, Number(row.count)]);
}
