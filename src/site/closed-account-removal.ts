// Removes what closed accounts had once their 90 days are over: room by room, in small steps, told in the audit log.

import type { Audit } from '#audit/audit.ts';
import type { AccountId } from '#core/account.ts';
import type { Job } from '#jobs/job.ts';
import { inSteps, type Step } from '#jobs/steps.ts';
import { removeRegistryContent } from '#registry/account-removal/remove-content.ts';
import { removeOwnContent } from '#services/sallyport/account-removal/remove-own.ts';
import { actRecorded } from './recorded-act.ts';
import type { Platform, SiteDatabase } from './stores.ts';

export interface ClosedAccountRemovalOptions {
  readonly stores: Pick<SiteDatabase, 'database' | 'iam' | 'kms'>;
  readonly audit: Audit;
  readonly platform: Platform;
  readonly region: string;
}

const intervalMs = 3600 * 1000;

/** What a stop interrupts the next run goes on with, under a record of its own. */
export function removesClosedAccounts(options: ClosedAccountRemovalOptions): Job {
  const { iam } = options.stores;
  return {
    name: 'remove-closed-accounts',
    intervalMs,
    async run(signal) {
      for (const accountId of await iam.removal.due()) {
        if (signal.aborted) return;
        await removeOne(options, accountId, signal);
      }
    },
  };
}

async function removeOne(options: ClosedAccountRemovalOptions, accountId: AccountId, signal: AbortSignal) {
  const { stores, audit, platform, region } = options;
  const { database, iam, kms } = stores;
  const actor = { source: 'sallyport.local', service: 'sallyport.local', userAgent: 'sallyport.local', region };
  // The registry first: as long as anything of it is there, so is who it belonged to.
  const rooms: ReadonlyArray<() => Promise<Step>> = [
    () => removeRegistryContent(database, accountId),
    () => removeOwnContent(database, accountId),
    () => kms.removeSome(accountId),
    () => iam.removal.removeSome(accountId),
  ];
  if (!(await iam.removal.begin(accountId))) return;
  await actRecorded(audit, actor, platform, {
    eventName: 'RemoveAccountContent',
    accountId,
    requestParameters: { accountId },
    shown: (done) => done,
    async run() {
      let removedRows = 0;
      for (const room of rooms) removedRows += await inSteps(room, signal);
      const isComplete = !signal.aborted;
      if (isComplete) await iam.removal.end(accountId);
      return { removedRows, isComplete };
    },
  });
}
