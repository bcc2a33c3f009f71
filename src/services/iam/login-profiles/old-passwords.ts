// Removes hashes of passwords from before that no password policy asks for any more: what is not kept cannot leak.

import type { AccountId } from '#core/account.ts';
import type { Job } from '#jobs/job.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { policyOf } from './kept-password.ts';
import { deleteOldPasswords, listOldPasswordCounts } from './tables.ts';

const intervalMs = 3600_000;
const usersPerTransaction = 100;

/**
 * The policy's number counts the password of now: that one less is kept. Who raises the number later has reuse
 * prevented for what was kept until then.
 */
export function openOldPasswords({ database }: IamStore): Job {
  /** The last user that was looked at; undefined when there are no more. */
  const removeSome = (after: string) =>
    database.transact<IamTables, string | undefined>(async (transaction) => {
      const users = await listOldPasswordCounts(transaction, after, usersPerTransaction);
      for (const { user_id, account_id, count } of users) {
        const { PasswordReusePrevention = 0 } = (await policyOf(transaction, account_id as AccountId)) ?? {};
        const kept = Math.max(0, PasswordReusePrevention - 1);
        if (count > kept) await deleteOldPasswords(transaction, user_id, kept);
      }
      return users.at(-1)?.user_id;
    });
  return {
    name: 'remove-old-passwords',
    intervalMs,
    async run(signal) {
      for (let after: string | undefined = ''; after !== undefined && !signal.aborted; )
        after = await removeSome(after);
    },
  };
}
