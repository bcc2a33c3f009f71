// DATA/aws: the lines are such as Sallyport writes, secrets are those of the access keys, sections have their sums.

import { readFile } from 'node:fs/promises';
import { profileFiles, sumLine, sumPrefix } from '#cli/aws-profile.ts';
import type { Findings } from '#core/findings.ts';
import type { IamOptions } from '#services/iam/iam-store.ts';
import { openIam } from '#services/iam/open-iam.ts';

const heading = /^\[([^\]\n]+)\]$/;
const credentialLines = /^aws_access_key_id = ([A-Z0-9]+)\naws_secret_access_key = (\S+)$/;

export async function verifyProfiles(dataFolder: string, iam: IamOptions, findings: Findings): Promise<void> {
  const files = profileFiles(dataFolder);
  const config = sectionsOf(await read(files.config));
  const credentials = sectionsOf(await read(files.credentials));
  const report = (file: string) => (what: string, remedy: string) =>
    findings.damage({ subject: `aws/${file}`, what, remedy });
  if (config === undefined) report('config')('it is not the file that was written', again);
  if (credentials === undefined) report('credentials')('it is not the file that was written', makeKey);
  for (const section of config ?? []) verifyConfigSection(section, report('config'));
  for (const section of credentials ?? []) await verifySecret(section, iam, report('credentials'));
  const named = new Set((config ?? []).map(({ name }) => name.replace(/^profile /, '')));
  for (const { name } of credentials ?? []) {
    if (config !== undefined && !named.has(name))
      report('credentials')(`there is no profile [${name}] in config`, again);
  }
}

const again = 'Start the server: it writes its lines of the file again. An edit of your own is no damage.';
const makeKey = 'Make another access key for the user and write it there.';

type Report = (what: string, remedy: string) => void;

interface Section {
  readonly name: string;
  readonly lines: readonly string[];
}

function verifyConfigSection({ name, lines }: Section, report: Report): void {
  const sum = lines.at(-1) ?? '';
  const isWhole = sum.startsWith(sumPrefix) && sum === sumLine(name, lines.slice(0, -1));
  if (!isWhole) report(`the profile [${name}] was edited or damaged since it was written`, again);
}

async function verifySecret({ name, lines }: Section, iam: IamOptions, report: Report): Promise<void> {
  const [, accessKeyId, secret] = credentialLines.exec(lines.join('\n')) ?? [];
  if (accessKeyId === undefined) return report(`the profile [${name}] does not hold an access key`, makeKey);
  try {
    const known = await openIam(iam).credentialSource.find(accessKeyId);
    if (known === undefined) report(`the access key of [${name}] is not known here (any more)`, makeKey);
    else if (known.secretAccessKey !== secret) report(`the secret of [${name}] is not that of its access key`, makeKey);
  } catch {
    // The key itself does not open, which is said where keys are verified.
  }
}

/** Sections apart by one empty line, as they are written; undefined for anything else. */
function sectionsOf(text: string | undefined): readonly Section[] | undefined {
  if (text === undefined || !text.endsWith('\n')) return text === undefined ? [] : undefined;
  const sections = text
    .slice(0, -1)
    .split('\n\n')
    .map((part) => part.split('\n'));
  const named = sections.map(([first = '', ...lines]) => ({ name: heading.exec(first)?.[1] ?? '', lines }));
  return named.every(({ name, lines }) => name !== '' && lines.every((line) => line !== '')) ? named : undefined;
}

async function read(file: string): Promise<string | undefined> {
  // Every byte one character: none is replaced before it was looked at.
  return await readFile(file, 'latin1').catch(() => undefined);
}
