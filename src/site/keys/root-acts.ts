// What is done to the root key, told in the host's audit chain: who replaced it or wrote it down, never what it is.

import type { Config } from '#config/config.ts';
import type { openIam } from '#services/iam/open-iam.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import type { RotationReport } from '#services/kms/root/rotation.ts';
import { actAtHost } from '../host-audit.ts';
import { refuseOwnKey } from './own-key.ts';
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
  provider: string,
  run: () => Promise<void>,
): Promise<void> {
  const rootKeyId = options.keys.roots.current().id;
  await actAtHost(auditOf(options), {
    eventName: 'BackupRootKey',
    accountId: await homeOf(options),
    requestParameters: { rootKeyId, provider },
    shown: () => ({}),
    run,
  });
}

function auditOf({ config, keys, platform, log }: RootActOptions) {
  return { config, siteKey: keys.siteKey, platform, log };
}

async function homeOf({ iam, config }: RootActOptions) {
  const [home] = await iam.accounts.list();
  if (home === undefined) throw new Error(`The site in ${config.data} has no home account yet: start it once.`);
  return home.accountId;
}
