// The table of attached managed policies, keyed by whom they are attached to (user, group or role).

import type { Kysely, Transaction } from 'kysely';

export interface AttachmentRow {
  /** The owner's unique id: `AIDA…`, `AGPA…`, `AROA…`. */
  readonly owner_id: string;
  /** The owner's account; an AWS-managed policy's ARN does not say it. */
  readonly account_id: string;
  readonly policy_arn: string;
}

export interface AttachmentTables {
  readonly policy_attachment: AttachmentRow;
}

type Queries = Kysely<AttachmentTables> | Transaction<AttachmentTables>;

export function listAttachments(tables: Queries, ownerId: string): Promise<AttachmentRow[]> {
  return tables
    .selectFrom('policy_attachment')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('policy_arn')
    .execute();
}

/** Pairs of policy and number of owners. */
export async function countAttachments(tables: Queries, accountId: string): Promise<Array<[string, number]>> {
  const rows = await tables
    .selectFrom('policy_attachment')
    .select('policy_arn')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .groupBy('policy_arn')
    .execute();
  return rows.map((row) => [row.policy_arn, Number(row.count)]);
}

export async function insertAttachment(tables: Queries, row: AttachmentRow): Promise<void> {
  await tables.insertInto('policy_attachment').values(row).execute();
}

/** False when the policy is not attached. */
export async function deleteAttachment(tables: Queries, ownerId: string, policyArn: string): Promise<boolean> {
  const { numDeletedRows } = await tables
    .deleteFrom('policy_attachment')
    .where('owner_id', '=', ownerId)
    .where('policy_arn', '=', policyArn)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
