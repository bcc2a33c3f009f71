// What `sallyport verify` looks at: every file of the data folder, and every row, key and layer in it. Changes nothing.

import type { Config } from '#config/config.ts';
import { collectFindings, type Findings, type FindingsReport } from '#core/findings.ts';
import { RootSealedError } from '#services/kms/root/provider.ts';
import { rootFiles } from '#services/kms/root/root-files.ts';
import { type OpenRoot, openFileRoot, readKeys, type SiteKeys } from '../keys/open-keys.ts';
import type { Platform } from '../stores.ts';
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
  const keys = await keysOf(config.data, platform, options.openRoot ?? openFileRoot, findings);
  if (keys !== undefined) {
    const site = { config, platform, keys, findings, options };
    await verifyAudit(site);
    await verifyDatabase(site);
  }
  return findings.report();
}

/** Without it nothing else can be told. */
async function keysOf(
  dataFolder: string,
  { random }: Platform,
  openRoot: OpenRoot,
  findings: Findings,
): Promise<SiteKeys | undefined> {
  const file = rootFiles(dataFolder).root;
  const remedy = 'Put the key back from its copy, with mode 0600. Without it nothing can be read, by anybody.';
  try {
    const keys = await readKeys(dataFolder, random, openRoot);
    if (keys !== undefined) return keys;
    findings.damage({ subject: 'the root key', what: `${file} is missing`, remedy });
  } catch (error) {
    const isAway = error instanceof RootSealedError;
    findings.damage({
      subject: 'the root key',
      what: isAway ? error.told : (error as Error).message,
      remedy: isAway ? 'Look again when it can be had: without it nothing can be told.' : remedy,
    });
  }
  return undefined;
}
