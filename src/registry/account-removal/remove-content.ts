// Removes all repositories of an account that nobody can call any more; their bytes are left to collection.

import type { AccountId } from '#core/account.ts';
import type { Step } from '#jobs/steps.ts';
import type { Database } from '#stores/sql/database.ts';
import { deleteImagesOf, deleteLayersOf, deleteRepositoryRow, findRepositoryOf, type RemovalTables } from './tables.ts';

/** So that one step keeps a push waiting for milliseconds. */
const rowsMax = 100;

/** One short transaction. No cache is told: nothing of the account is asked for, and its ids are never given again. */
export function removeRegistryContent(database: Database, accountId: AccountId): Promise<Step> {
  return database.transact<RemovalTables, Step>(async (transaction) => {
    const repositoryId = await findRepositoryOf(transaction, accountId);
    if (repositoryId === undefined) return { removed: 0, isMore: false };
    const images = await deleteImagesOf(transaction, repositoryId, rowsMax);
    if (images === rowsMax) return { removed: images, isMore: true };
    const layers = await deleteLayersOf(transaction, repositoryId, rowsMax);
    if (layers === rowsMax) return { removed: images + layers, isMore: true };
    await deleteRepositoryRow(transaction, repositoryId);
    return { removed: images + layers + 1, isMore: true };
  });
}
