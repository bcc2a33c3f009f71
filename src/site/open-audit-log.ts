// The audit of one process: its log, its chain, and the key that seals it.

import type { Audit } from '#audit/audit.ts';
import { headAt } from '#audit/chain.ts';
import { openAudit } from '#audit/open-audit.ts';
import type { Config } from '#config/config.ts';
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
  /** How policies and other documents stand in the records. */
  readonly documents: Config['auditDocuments'];
  readonly log: (line: string) => void;
}

/** Seals documents of every chain: they are bound to their records, whose ids no other chain has. */
export function documentKeyOf(siteKey: SiteKey): Buffer {
  return deriveSecret(siteKey, 'audit-documents');
}

/** Closing it flushes what is queued and overwrites its keys. */
export async function openAuditLog(options: AuditLogOptions): Promise<Audit> {
  const { directory, budgetBytes, siteKey, platform, keyPurpose, documents, log } = options;
  const files = await openAuditFiles({ directory, clock: platform.clock, headAt, budgetBytes });
  for (const finding of files.findings) log(`audit: ${finding}`);
  const macKey = deriveSecret(siteKey, keyPurpose);
  const key = documentKeyOf(siteKey);
  const audit = openAudit({
    ...{ sink: files, macKey, head: files.head(), ...platform },
    documents: { key, random: platform.random, inClear: documents === 'clear' },
  });
  return {
    ...audit,
    async close() {
      await audit.close();
      await files.close();
      for (const secret of [macKey, key]) secret.fill(0);
    },
  };
}
