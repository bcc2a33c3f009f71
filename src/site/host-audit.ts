// The record of what somebody at the host does without the server: in an audit chain of its own, beside the server's.

import { join } from 'node:path';
import { lockDataFolder } from '#cli/data-folder.ts';
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

/** See `actRecorded`. One command at a time: a second one is refused. */
export async function actAtHost<Result>(options: HostAuditOptions, act: Act<Result>): Promise<Result> {
  const { config, siteKey, platform, log } = options;
  const folder = await lockDataFolder(hostFolder(config.data));
  try {
    const { directory, keyPurpose } = hostAuditChain(config.data);
    const budgetBytes = config.auditBudgetBytes;
    const audit = await openAuditLog({ directory, keyPurpose, budgetBytes, siteKey, platform, log });
    const userAgent = `sallyport command line, process ${process.pid} of user ${process.getuid?.() ?? 'unknown'}`;
    const actor = { source: 'host', service: 'host.sallyport.local', userAgent, region: config.region };
    try {
      return await actRecorded(audit, actor, platform, act);
    } finally {
      await audit.close();
    }
  } finally {
    await folder.release();
  }
}

/** Where the chain's folder lies, for people. */
export function hostAuditPlace(config: Config): string {
  return join(hostFolder(config.data), 'audit');
}
