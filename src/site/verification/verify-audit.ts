// The audit log: every process's chain and its anchor.

import { settled } from '#core/findings.ts';
import { auditAnchorFault } from '#services/cloudtrail/audit-anchor.ts';
import { type AuditChain, auditChains } from '#services/cloudtrail/audit-chains.ts';
import { verifyAuditChain } from '../audit-verdict.ts';
import type { SiteVerification } from './site-verification.ts';

const remedy =
  'Keep the files as they are: they show what was changed. Compare with a copy kept elsewhere; the log goes on.';

type Options = Pick<SiteVerification, 'config' | 'keys' | 'findings'>;

export async function verifyAudit(options: Options): Promise<void> {
  for (const chain of await auditChains(options.config.data)) await verifyChain(options, chain);
}

async function verifyChain({ keys, findings }: Options, chain: AuditChain): Promise<void> {
  const { directory, prefix } = chain;
  const head = `${prefix}audit/head`;
  for (const what of await settled(async () => oneOrNone(await auditAnchorFault(directory)))) {
    findings.damage({ subject: head, what, remedy });
  }
  const { anchor, report } = await verifyAuditChain(keys.siteKey, chain);
  findings.count('audit records', report.records);
  for (const { file, line, what } of report.problems) {
    findings.damage({ subject: `${prefix}audit/${file}:${line}`, what, remedy });
  }
  if (report.batches > 0 && anchor === undefined) {
    findings.damage({ subject: head, what: 'it is missing or empty, although there are records', remedy });
  }
  if (report.unsealedLines > 0) {
    const what = `${report.unsealedLines} lines that are being written or were torn off`;
    findings.note(`the audit log ${prefix}audit ends with ${what}`);
  }
}

function oneOrNone<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}
