// Whether the record of what happened was changed: every chain of a data folder, as the command line tells it.

import { type AuditReport, verifyAuditLog } from '#audit/verify.ts';
import type { AuditVerdict } from '#cli/commands.ts';
import type { ChainHead } from '#core/ports/audit-sink.ts';
import { readAuditAnchor } from '#services/cloudtrail/audit-anchor.ts';
import { type AuditChain, auditChains } from '#services/cloudtrail/audit-chains.ts';
import { readAuditFiles } from '#services/cloudtrail/audit-folder.ts';
import { deriveSecret } from '#services/kms/root/root-key.ts';
import type { SiteKey } from '#services/kms/root/site-key.ts';

export interface VerifiedChain {
  readonly anchor: ChainHead | undefined;
  readonly report: AuditReport;
}

export async function verifyAuditChain(siteKey: SiteKey, chain: AuditChain): Promise<VerifiedChain> {
  const { directory, keyPurpose } = chain;
  // The anchor first: a server that runs may write on while the files are read.
  const anchor = await readAuditAnchor(directory);
  const macKey = deriveSecret(siteKey, keyPurpose);
  try {
    return { anchor, report: await verifyAuditLog(readAuditFiles(directory), macKey, anchor) };
  } finally {
    macKey.fill(0);
  }
}

export async function auditVerdict(dataFolder: string, siteKey: SiteKey): Promise<AuditVerdict> {
  const problems: string[] = [];
  const verdicts: string[] = [];
  const chains: object[] = [];
  let good = true;
  for (const chain of await auditChains(dataFolder)) {
    const { prefix } = chain;
    const { report } = await verifyAuditChain(siteKey, chain);
    const holds = report.problems.length + report.problemsOmitted === 0;
    good &&= holds;
    for (const { file, line, what } of report.problems) problems.push(`${prefix}${file}:${line}: ${what}`);
    const name = prefix === '' ? '' : `${prefix}audit: `;
    const counted = `${report.records} records in ${report.batches} batches`;
    verdicts.push(`${name}${counted}: ${holds ? 'the chain holds' : 'THE CHAIN IS BROKEN'}`);
    chains.push({ chain: `${prefix}audit`, ...report });
  }
  return { good, report: { problems, chains }, lines: [...problems, ...verdicts] };
}
