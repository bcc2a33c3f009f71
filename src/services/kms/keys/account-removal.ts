// KMS's part of removing what a closed account had: its keys, with all that they are, and what opened its repositories.

import type { AccountId } from '#core/account.ts';
import type { Step } from '#jobs/steps.ts';
import { askClearing } from '../clearing/tables.ts';
import { deleteSlotsOfAccount } from '../repository-keys/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { Deletion } from './deletion.ts';
import { listKeysOfAccount } from './tables.ts';

const keysMax = 50;

/** One short transaction. What the keys have encrypted in the account must be gone already. */
export function removeKeysOf(
  store: KmsStore,
  { destroy }: Pick<Deletion, 'destroy'>,
  accountId: AccountId,
): Promise<Step> {
  return store.change(async (transaction) => {
    const keys = await listKeysOfAccount(transaction, accountId, keysMax);
    for (const key of keys) await destroy(transaction, key, 'RemoveAccountContent');
    const slots = await deleteSlotsOfAccount(transaction, accountId, keysMax);
    if (slots > 0) await askClearing(transaction);
    return { removed: keys.length + slots, isMore: keys.length === keysMax || slots === keysMax };
  });
}
