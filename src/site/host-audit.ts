// The record of what somebody at the host does without the server: in an audit chain of its own, beside the server's.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type DataFolder, DataFolderError, lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { hostAuditChain, hostFolder } from '#services/cloudtrail/audit-chains.ts';
import type { SiteKey } from '#services/kms/root/site-key.ts';
import { openAuditLog } from './open-audit-log.ts';
import { type Act, actRecorded } from './recorded-act.ts';
import type { Platform } from './stores.ts';

export interface HostAuditOptions {
  readonly config: Config;
  readonly siteKey: SiteKey;
  readonly platform: Platform;
  readonly log: (line: string) => void;
}

const lookAgainMs = 100;

/** See `actRecorded`. */
export type RecordAct = <Result>(act: Act<Result>) => Promise<Result>;

/** One act. One command at a time: a second one is refused. */
export async function actAtHost<Result>(options: HostAuditOptions, act: Act<Result>): Promise<Result> {
  return actsAtHost(options, (record) => record(act));
}

/** Several, one after the other, in one go. Waits so long for a command that is at the same chain. */
export async function actsAtHost<Result>(
  options: HostAuditOptions,
  work: (record: RecordAct) => Promise<Result>,
  patienceMs = 0,
): Promise<Result> {
  const { config, siteKey, platform, log } = options;
  const folder = await lockPatiently(hostFolder(config.data), patienceMs, platform);
  try {
    const { directory, keyPurpose } = hostAuditChain(config.data);
    const { auditBudgetBytes: budgetBytes, auditDocuments: documents } = config;
    const audit = await openAuditLog({ directory, keyPurpose, budgetBytes, documents, siteKey, platform, log });
    const userAgent = `sallyport command line, process ${process.pid} of user ${process.getuid?.() ?? 'unknown'}`;
    const actor = { source: 'host', service: 'host.sallyport.local', userAgent, region: config.region };
    try {
      return await work((act) => actRecorded(audit, actor, platform, act));
    } finally {
      await audit.close();
    }
  } finally {
    await folder.release();
  }
}

async function lockPatiently(path: string, patienceMs: number, { clock }: Platform): Promise<DataFolder> {
  const untilMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await lockDataFolder(path);
    } catch (error) {
      if (!(error instanceof DataFolderError) || clock.monotonicMs() >= untilMs) throw error;
      await pause(lookAgainMs);
    }
  }
}

/** Where the chain's folder lies, for people. */
export function hostAuditPlace(config: Config): string {
  return join(hostFolder(config.data), 'audit');
}
