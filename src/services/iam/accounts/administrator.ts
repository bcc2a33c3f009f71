// The administrator that an account is made with: a user, a policy and a key that are there together or not at all.

import type { AccountId } from '#core/account.ts';
import { type NewAccessKey, newAccessKey } from '../access-keys/access-keys.ts';
import { insertAccessKey } from '../access-keys/tables.ts';
import { insertAttachment } from '../attachments/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import { alreadyExists } from '../refusals.ts';
import { findUser, insertUser, type UserRow } from '../users/tables.ts';

const administratorName = 'administrator';
export const administratorPolicy = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** See `Accounts.createAdministrator`. Throws entity-already-exists. */
export async function createAdministrator(
  store: IamStore,
  accountId: AccountId,
  keep: (key: NewAccessKey) => Promise<void>,
  userName = administratorName,
): Promise<NewAccessKey> {
  const user: UserRow = {
    user_id: newUniqueId('AIDA', store.random),
    account_id: accountId,
    user_name: userName,
    name_key: userName.toLowerCase(),
    path: '/',
    created_at_ms: store.clock.nowMs(),
  };
  const { key, sealed } = await newAccessKey(store, accountId, userName);
  await keep(key);
  await store.change(async (transaction) => {
    if ((await findUser(transaction, accountId, userName)) !== undefined) {
      throw alreadyExists(`User with name ${userName}`);
    }
    await insertUser(transaction, user);
    await insertAttachment(transaction, {
      owner_id: user.user_id,
      account_id: accountId,
      policy_arn: administratorPolicy,
    });
    await insertAccessKey(transaction, { ...sealed, user_id: user.user_id });
  });
  return key;
}
