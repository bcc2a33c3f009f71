// The record of what somebody at the host does without the server: in an audit chain of its own, beside the server's.

import { join } from 'node:path';
import type { AuditSubject } from '#audit/audit.ts';
import { lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import type { AccountId, Region } from '#core/account.ts';
import type { Call, Caller } from '#core/caller.ts';
import { hostAuditChain, hostFolder } from '#services/cloudtrail/audit-chains.ts';
import type { SiteKey } from '#services/kms/root/site-key.ts';
import { openAuditLog } from './open-audit-log.ts';
import type { Platform } from './stores.ts';

export interface HostAct<Result> {
  readonly eventName: string;
  readonly accountId: AccountId;
  readonly requestParameters: Readonly<Record<string, unknown>>;
  readonly run: () => Promise<Result>;
  /** What the record shows of the result: never a secret. */
  readonly shown: (result: Result) => Readonly<Record<string, unknown>>;
}

export interface HostAuditOptions {
  readonly config: Config;
  readonly siteKey: SiteKey;
  readonly platform: Platform;
  readonly log: (line: string) => void;
}

/** Nothing is done whose intent could not be written first. One command at a time: a second one is refused. */
export async function actAtHost<Result>(options: HostAuditOptions, act: HostAct<Result>): Promise<Result> {
  const { config, siteKey, platform, log } = options;
  const folder = await lockDataFolder(hostFolder(config.data));
  try {
    const { directory, keyPurpose } = hostAuditChain(config.data);
    const budgetBytes = config.auditBudgetBytes;
    const audit = await openAuditLog({ directory, keyPurpose, budgetBytes, siteKey, platform, log });
    try {
      const { call, subject } = callAtHost(config, platform, act);
      await audit.intend(call, subject);
      const result = await act.run().catch(async (error: unknown) => {
        await audit.record(call, subject, { errorCode: 'Failed', errorMessage: String(error) });
        throw error;
      });
      await audit.record(call, subject, { responseElements: act.shown(result) });
      return result;
    } finally {
      await audit.close();
    }
  } finally {
    await folder.release();
  }
}

function callAtHost(config: Config, { clock, random }: Platform, act: Omit<HostAct<never>, 'run'>) {
  const { accountId, eventName, requestParameters } = act;
  const registry = { accountId, region: config.region as Region };
  const call: Call = {
    requestId: random.uuid(),
    receivedAtMs: clock.nowMs(),
    sourceAddress: 'host',
    secureTransport: false,
    userAgent: `sallyport command line, process ${process.pid} of user ${process.getuid?.() ?? 'unknown'}`,
    host: '',
    registry,
    neutralHost: true,
  };
  const arn = `arn:aws:iam::${accountId}:root`;
  const principal = { kind: 'service', accountId, arn, principalId: 'host.sallyport.local' } as const;
  const caller: Caller = { principal, accountId, region: registry.region, accessKeyId: '', credential: 'sigv4', call };
  const resources = [{ arn, accountId, type: 'AWS::Organizations::Account' }];
  const subject: AuditSubject = {
    eventSource: 'sallyport.local',
    eventName,
    kind: 'write',
    caller,
    requestParameters,
    resources,
  };
  return { call, subject };
}

/** Where the chain's folder lies, for people. */
export function hostAuditPlace(config: Config): string {
  return join(hostFolder(config.data), 'audit');
}
