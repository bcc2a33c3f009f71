// What `sallyport doctor` says about the content of a data folder: what `sallyport verify` finds, one finding each.

import type { Finding } from '#cli/commands.ts';
import type { Config } from '#config/config.ts';
import type { Damage } from '#core/findings.ts';
import { lookAtRecord, rootFiles } from '#services/kms/root/root-files.ts';
import type { Platform } from './stores.ts';
import type { SiteVerificationOptions } from './verification/site-verification.ts';
import { verifySite } from './verification/verify-site.ts';

const check = 'content';
const notesMax = 20;
const imagesMax = 3;

export async function examineContent(
  config: Config,
  platform: Platform,
  options: SiteVerificationOptions,
): Promise<readonly Finding[]> {
  const report = await verifySite(config, platform, options);
  const notes = report.notes.slice(0, notesMax).map((detail): Finding => ({ check, ok: true, detail }));
  if (!report.good) return [...report.damage.map(findingOf), ...notes];
  const counted = Object.entries(report.counts).map(([what, count]) => `${count} ${what}`);
  const bytes = options.readsBytes ? 'every byte was read' : 'the bytes of layers were not read';
  const all = `${counted.join(', ')}; ${bytes}`;
  const file = rootFiles(config.data).root;
  const id = (await lookAtRecord(file))?.id ?? '';
  const keys = `${file}, id ${id}, fits the database; keep a copy apart from the backups of the rest`;
  return [{ check: 'keys', ok: true, detail: keys }, { check, ok: true, detail: all }, ...notes];
}

function findingOf({ subject, what, remedy, images = [] }: Damage): Finding {
  const named = images.slice(0, imagesMax).map(({ repository, digest, tags }) => {
    return `${repository}@${digest}${tags.length > 0 ? ` (${tags.join(', ')})` : ''}`;
  });
  const isKey = /^(the root key|key domain)/.test(subject);
  return { check: isKey ? 'keys' : check, ok: false, detail: [`${subject}: ${what}`, ...named].join('; '), remedy };
}
