// What `sallyport verify` looks at: every file of the data folder, and every row, key and layer in it. Changes nothing.

import type { Config } from '#config/config.ts';
import { collectFindings, type Findings, type FindingsReport } from '#core/findings.ts';
import { type RootKey, readRootKey } from '#services/kms/root/root-key.ts';
import { type Platform, rootKeyFile } from '../stores.ts';
import type { SiteVerificationOptions } from './site-verification.ts';
import { verifyAudit } from './verify-audit.ts';
import { verifyDatabase } from './verify-database.ts';
import { verifyFiles } from './verify-files.ts';
import { verifySelfSigned } from './verify-self-signed.ts';

/** The folder has to be a site's. */
export async function verifySite(
  config: Config,
  platform: Platform,
  options: SiteVerificationOptions,
): Promise<FindingsReport> {
  const findings = collectFindings();
  await verifyFiles(config.data, findings);
  await verifySelfSigned(config.data, findings);
  const rootKey = await rootKeyOf(config.data, findings);
  if (rootKey !== undefined) {
    const site = { config, platform, rootKey, findings, options };
    await verifyAudit(site);
    await verifyDatabase(site);
  }
  return findings.report();
}

/** Without it nothing else can be told. */
async function rootKeyOf(dataFolder: string, findings: Findings): Promise<RootKey | undefined> {
  const file = rootKeyFile(dataFolder);
  const remedy = 'Put the key back from its copy, with mode 0600. Without it nothing can be read, by anybody.';
  try {
    const rootKey = await readRootKey(file);
    if (rootKey !== undefined) return rootKey;
    findings.damage({ subject: 'the root key', what: `${file} is missing`, remedy });
  } catch (error) {
    findings.damage({ subject: 'the root key', what: (error as Error).message, remedy });
  }
  return undefined;
}
