// What is done to the root key, told in the host's audit chain: who replaced it or wrote it down, never what it is.

import type { Config } from '#config/config.ts';
import type { AccountId } from '#core/account.ts';
import type { openIam } from '#services/iam/open-iam.ts';
import { WrongSecretError } from '#services/kms/root/provider.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import type { RotationReport } from '#services/kms/root/rotation.ts';
import { actAtHost, actsAtHost } from '../host-audit.ts';
import { refuseOwnKey } from './own-key.ts';
import { forgetRefusedUnseals, type RefusedUnseal, readRefusedUnseals } from './refused-unseals.ts';
import { type RotateOptions, rotateKeys } from './rotate-keys.ts';

export interface RootActOptions extends RotateOptions {
  readonly config: Config;
  readonly iam: ReturnType<typeof openIam>;
  readonly log: (line: string) => void;
}

export async function rotateInAudit(
  options: RootActOptions,
  next: RootKey,
  record: RootRecord,
): Promise<RotationReport> {
  await refuseOwnKey(options.database, record);
  const from = options.keys.roots.current().id;
  return actAtHost(auditOf(options), {
    eventName: 'RotateRootKey',
    accountId: await homeOf(options),
    requestParameters: { from, to: next.id, provider: record.provider },
    shown: (report) => ({ ...report }),
    run: () => rotateKeys(options, next, record),
  });
}

export async function backupInAudit(
  options: RootActOptions,
  record: RootRecord,
  run: () => Promise<void>,
): Promise<void> {
  await refuseOwnKey(options.database, record);
  const rootKeyId = options.keys.roots.current().id;
  await actAtHost(auditOf(options), {
    eventName: 'BackupRootKey',
    accountId: await homeOf(options),
    requestParameters: { rootKeyId, provider: record.provider },
    shown: () => ({}),
    run,
  });
}

/** How a sealed site is opened. */
export interface Unsealing {
  readonly rootKeyId: string;
  readonly provider: string;
  /** Somebody at the control socket or at the terminal of the start; or whoever keeps the root key is back. */
  readonly from: 'control-socket' | 'start' | 'provider';
  /** The numbers of those that were given, which are no secret. */
  readonly shares: readonly number[];
}

export type UnsealActOptions = Pick<RootActOptions, 'config' | 'keys' | 'platform' | 'log'> & {
  readonly accountId: AccountId;
};

/** A command at the host may be writing its own record. */
const unsealPatienceMs = 10_000;

/** What was refused while the site was sealed is recorded first. `unsealing` is left out where a start just starts. */
export async function unsealInAudit<Result>(
  options: UnsealActOptions,
  unsealing: Unsealing | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  const { config, accountId } = options;
  const { refused, more } = await readRefusedUnseals(config.data);
  if (unsealing === undefined && refused.length + more === 0) return run();
  const eventName = 'UnsealSite';
  return actsAtHost(
    auditOf(options),
    async (record) => {
      const refuse = async (requestParameters: Readonly<Record<string, unknown>>, why: string) => {
        const wrong = new WrongSecretError(why);
        const act = { eventName, accountId, requestParameters, shown: () => ({}), run: () => Promise.reject(wrong) };
        await record(act).catch((error: unknown) => {
          if (error !== wrong) throw error;
        });
      };
      for (const one of refused) await refuse(parametersOf(one), one.why);
      if (more > 0) await refuse({ refusedUnseals: more }, `${more} more were refused after these.`);
      if (refused.length + more > 0) await forgetRefusedUnseals(config.data);
      if (unsealing === undefined) return run();
      const { shares, ...others } = unsealing;
      const requestParameters = { ...others, ...(shares.length === 0 ? {} : { shares }) };
      return record({ eventName, accountId, requestParameters, shown: () => ({}), run });
    },
    unsealPatienceMs,
  );
}

function parametersOf({ atMs, rootKeyId, provider, from }: RefusedUnseal) {
  return { rootKeyId, provider, from, attemptedAt: new Date(atMs).toISOString() };
}

function auditOf({ config, keys, platform, log }: Omit<UnsealActOptions, 'accountId'>) {
  return { config, siteKey: keys.siteKey, platform, log };
}

async function homeOf({ iam, config }: RootActOptions) {
  const [home] = await iam.accounts.list();
  if (home === undefined) throw new Error(`The site in ${config.data} has no home account yet: start it once.`);
  return home.accountId;
}
