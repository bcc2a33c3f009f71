// The table of tags on IAM's entities, keyed by the unique id (or ARN) of what they hang on.

import type { Kysely, Transaction } from 'kysely';

export interface TagRow {
  readonly owner_id: string;
  /** The key in lower case: keys that differ only in case are the same key. */
  readonly key_fold: string;
  readonly key: string;
  readonly value: string;
}

export interface TagTables {
  readonly iam_tag: TagRow;
}

type Queries = Kysely<TagTables> | Transaction<TagTables>;

/** In the order of their folded keys. */
export function listTags(tables: Queries, ownerId: string): Promise<TagRow[]> {
  return tables.selectFrom('iam_tag').selectAll().where('owner_id', '=', ownerId).orderBy('key_fold').execute();
}

export async function upsertTag(tables: Queries, row: TagRow): Promise<void> {
  const { key, value } = row;
  await tables
    .insertInto('iam_tag')
    .values(row)
    .onConflict((conflict) => conflict.columns(['owner_id', 'key_fold']).doUpdateSet({ key, value }))
    .execute();
}

export async function deleteTag(tables: Queries, ownerId: string, keyFold: string): Promise<void> {
  await tables.deleteFrom('iam_tag').where('owner_id', '=', ownerId).where('key_fold', '=', keyFold).execute();
}

/** All tags of what is being deleted. */
export async function deleteTags(tables: Queries, ownerId: string): Promise<void> {
  await tables.deleteFrom('iam_tag').where('owner_id', '=', ownerId).execute();
}
