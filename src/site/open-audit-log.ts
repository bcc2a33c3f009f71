// The audit of one process: its log, its chain, and the key that seals it.

import type { Audit } from '#audit/audit.ts';
import { headAt } from '#audit/chain.ts';
import { openAudit } from '#audit/open-audit.ts';
import { openAuditFiles } from '#services/cloudtrail/audit-files.ts';
import { deriveSecret } from '#services/kms/root/root-key.ts';
import type { SiteKey } from '#services/kms/root/site-key.ts';
import type { Platform } from './stores.ts';

export interface AuditLogOptions {
  readonly directory: string;
  readonly budgetBytes: number;
  readonly siteKey: SiteKey;
  readonly platform: Platform;
  /** Each chain has a key of its own, so that none can be put in another's place. */
  readonly keyPurpose: string;
  readonly log: (line: string) => void;
}

/** Closing it flushes what is queued. */
export async function openAuditLog(options: AuditLogOptions): Promise<Audit> {
  const { directory, budgetBytes, siteKey, platform, keyPurpose, log } = options;
  const files = await openAuditFiles({ directory, clock: platform.clock, headAt, budgetBytes });
  for (const finding of files.findings) log(`audit: ${finding}`);
  const macKey = deriveSecret(siteKey, keyPurpose);
  const audit = openAudit({ sink: files, macKey, head: files.head(), ...platform });
  return {
    ...audit,
    async close() {
      await audit.close();
      await files.close();
    },
  };
}
