// Accounts whose 90 days are over: which they are, and IAM's own part of removing what they have.

import { type AccountId, parseAccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import type { Step } from '#jobs/steps.ts';
import { findAccount, listAccounts, updateAccount } from '../accounts/tables.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { deleteEntities, deleteOwn } from './tables.ts';

export interface AccountRemoval {
  /** Those whose content is to be removed, also where that has begun. */
  due(): Promise<readonly AccountId[]>;
  /** From here on the account cannot be opened again. False when it was, or is done. */
  begin(accountId: AccountId): Promise<boolean>;
  /** One short transaction over the rows of IAM. */
  removeSome(accountId: AccountId): Promise<Step>;
  /** Nothing is left. */
  end(accountId: AccountId): Promise<void>;
}

const entitiesMax = 50;

export function openAccountRemoval(store: IamStore): AccountRemoval {
  const isDue = (closedAtMs: number | null) =>
    closedAtMs !== null && store.clock.nowMs() - closedAtMs >= limits.closedAccountKeptMs;
  return {
    async due() {
      const rows = await listAccounts(store.database.tables<IamTables>());
      const due = rows.filter(
        (row) => row.removed_at_ms === null && (row.removal_began_ms !== null || isDue(row.closed_at_ms)),
      );
      return due.map((row) => parseAccountId(row.account_id)).filter((id) => id !== undefined);
    },
    begin: (accountId) =>
      store.change(async (transaction) => {
        const row = await findAccount(transaction, accountId);
        if (row === undefined || row.removed_at_ms !== null) return false;
        if (row.removal_began_ms !== null) return true;
        if (!isDue(row.closed_at_ms)) return false;
        await updateAccount(transaction, accountId, { removal_began_ms: store.clock.nowMs() });
        return true;
      }),
    // Not `change`: nobody can ask for anything of the account, so that no cache of the others needs to go.
    removeSome: (accountId) =>
      store.database.transact<IamTables, Step>(async (transaction) => {
        const removed = await deleteEntities(transaction, accountId, entitiesMax);
        if (removed > 0) return { removed, isMore: true };
        await deleteOwn(transaction, accountId);
        return { removed, isMore: false };
      }),
    end: (accountId) =>
      store.change((transaction) => updateAccount(transaction, accountId, { removed_at_ms: store.clock.nowMs() })),
  };
}
