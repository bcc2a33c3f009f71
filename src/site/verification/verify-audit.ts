// The audit log and its anchor.

import { verifyAuditLog } from '#audit/verify.ts';
import { settled } from '#core/findings.ts';
import { auditAnchorFault, readAuditAnchor } from '#services/cloudtrail/audit-anchor.ts';
import { readAuditFiles } from '#services/cloudtrail/audit-folder.ts';
import { deriveSecret } from '#services/kms/root-key.ts';
import type { SiteVerification } from './site-verification.ts';

const remedy =
  'Keep the files as they are: they show what was changed. Compare with a copy kept elsewhere; the log goes on.';

export async function verifyAudit(site: Pick<SiteVerification, 'config' | 'rootKey' | 'findings'>): Promise<void> {
  const { data } = site.config;
  for (const what of await settled(async () => oneOrNone(await auditAnchorFault(data)))) {
    site.findings.damage({ subject: 'audit/head', what, remedy });
  }
  // The anchor first: a server that runs may write on while the files are read.
  const anchor = await readAuditAnchor(data);
  const report = await verifyAuditLog(readAuditFiles(data), deriveSecret(site.rootKey, 'audit'), anchor);
  site.findings.count('audit records', report.records);
  for (const { file, line, what } of report.problems) {
    site.findings.damage({ subject: `audit/${file}:${line}`, what, remedy });
  }
  if (report.batches > 0 && anchor === undefined) {
    site.findings.damage({ subject: 'audit/head', what: 'it is missing or empty, although there are records', remedy });
  }
  if (report.unsealedLines > 0) {
    site.findings.note(`the audit log ends with ${report.unsealedLines} lines that are being written or were torn off`);
  }
}

function oneOrNone<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}
