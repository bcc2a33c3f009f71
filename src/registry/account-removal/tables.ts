// What an account has in all registries, removed a few rows at a time; what refers to a row goes with it by cascade.

import type { Transaction } from 'kysely';
import type { ImageTables } from '../images/tables.ts';
import type { LayerTables } from '../layers/tables.ts';
import type { RepositoryTables } from '../repositories/tables.ts';

export type RemovalTables = RepositoryTables & Pick<ImageTables, 'image'> & Pick<LayerTables, 'layer'>;

type Queries = Transaction<RemovalTables>;

/** The id of one repository of the account, in whatever region. */
export async function findRepositoryOf(tables: Queries, accountId: string): Promise<number | undefined> {
  const row = await tables
    .selectFrom('repository')
    .select('repository_id')
    .where('account_id', '=', accountId)
    .orderBy('repository_id')
    .limit(1)
    .executeTakeFirst();
  return row?.repository_id;
}

/** How many there were, at most `limit`. */
export async function deleteImagesOf(tables: Queries, repositoryId: number, limit: number): Promise<number> {
  const deleted = await deleteSomeOf(tables, 'image', repositoryId, limit);
  await tables
    .updateTable('repository')
    .set((set) => ({ image_count: set('image_count', '-', deleted) }))
    .where('repository_id', '=', repositoryId)
    .execute();
  return deleted;
}

/** The same. Their bytes are found by collection: no repository has them any more. */
export function deleteLayersOf(tables: Queries, repositoryId: number, limit: number): Promise<number> {
  return deleteSomeOf(tables, 'layer', repositoryId, limit);
}

async function deleteSomeOf(tables: Queries, table: 'image' | 'layer', repositoryId: number, limit: number) {
  const some = tables
    .selectFrom(table)
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .orderBy('digest')
    .limit(limit);
  const { numDeletedRows } = await tables
    .deleteFrom(table)
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', some)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

export async function deleteRepositoryRow(tables: Queries, repositoryId: number): Promise<void> {
  await tables.deleteFrom('repository').where('repository_id', '=', repositoryId).execute();
}
