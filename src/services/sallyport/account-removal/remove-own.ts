// Sallyport's own part of removing what an account had: tokens, denials, what was issued, keys in quarantine.

import type { AccountId } from '#core/account.ts';
import type { Step } from '#jobs/steps.ts';
import type { Database } from '#stores/sql/database.ts';
import { deleteSome, type OwnTables } from './tables.ts';

const rowsMax = 200;

/** One short transaction. */
export function removeOwnContent(database: Database, accountId: AccountId): Promise<Step> {
  return database.transact<OwnTables, Step>(async (transaction) => {
    const removed = await deleteSome(transaction, accountId, rowsMax);
    return { removed, isMore: removed > 0 };
  });
}
