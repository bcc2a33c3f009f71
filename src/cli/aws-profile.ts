// DATA/aws/config and DATA/aws/credentials in the AWS CLI's own formats, so that it works with nothing else set.

import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { makeFolderDurably, syncFolder } from '#std/durable-folders.ts';

/** Where profiles point. */
export interface ProfileTarget {
  /** The home region. */
  readonly region: string;
  /** All regions that are served. */
  readonly regions: readonly string[];
  readonly endpointUrl: string;
  /** A certificate that clients have to trust: the local CA of `tls: self-signed`. */
  readonly authority?: string | undefined;
}

export interface Profile extends ProfileTarget {
  readonly name: string;
}

export interface ProfileSecret {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ProfileFiles {
  readonly config: string;
  readonly credentials: string;
}

export function profileFiles(dataFolder: string): ProfileFiles {
  return { config: join(dataFolder, 'aws/config'), credentials: join(dataFolder, 'aws/credentials') };
}

/** Writes or replaces one profile; the others stay. A secret is written only when it is given. */
export async function writeProfile(dataFolder: string, profile: Profile, secret?: ProfileSecret): Promise<void> {
  const files = profileFiles(dataFolder);
  await makeFolderDurably(join(dataFolder, 'aws'));
  const { name, region, endpointUrl, authority } = profile;
  const heading = name === 'default' ? 'default' : `profile ${name}`;
  const trust = authority === undefined ? [] : [`ca_bundle = ${authority}`];
  const lines = [`region = ${region}`, `endpoint_url = ${endpointUrl}`, ...trust];
  await replaceSection(files.config, heading, [...lines, sumLine(heading, lines)]);
  if (secret === undefined) return;
  const { accessKeyId, secretAccessKey } = secret;
  const secretLines = [`aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`];
  await replaceSection(files.credentials, name, secretLines);
}

/** Points every profile at the address that is listened on now, the CA that it shows, and a region that it serves. */
export async function repointProfiles(dataFolder: string, target: ProfileTarget): Promise<void> {
  const { config } = profileFiles(dataFolder);
  const text = await readFile(config, 'utf8').catch(() => '');
  const next = text
    .split(/^(?=\[)/m)
    .map((section) => repoint(section, target))
    .join('');
  if (next !== text) await writePrivate(config, next);
}

/** Sections without an endpoint are not ours; the others get the sum of their lines anew. */
function repoint(section: string, { region, regions, endpointUrl, authority }: ProfileTarget): string {
  if (!/^endpoint_url = /m.test(section)) return section;
  const trust = authority === undefined ? '' : `ca_bundle = ${authority}\n`;
  const end = /\n*$/.exec(section)?.[0] ?? '';
  const [first = '', ...lines] = section
    .replace(/^ca_bundle = .*\n/m, '')
    .replace(/^endpoint_url = .*$\n?/m, () => `endpoint_url = ${endpointUrl}\n${trust}`)
    .replace(/^region = (.*)$/m, (line, named: string) => (regions.includes(named) ? line : `region = ${region}`))
    .trimEnd()
    .split('\n');
  const kept = lines.filter((line) => !line.startsWith(sumPrefix));
  return `${[first, ...kept, sumLine(first.slice(1, -1), kept)].join('\n')}${end}`;
}

export const sumPrefix = '# sallyport sum ';

/**
 * The last line of a section of the config file: what Sallyport wrote is told from what was edited or damaged since.
 * The credentials file needs none: its secrets are compared with those that are sealed.
 */
export function sumLine(heading: string, lines: readonly string[]): string {
  return `${sumPrefix}${crc32([heading, ...lines].join('\n'))
    .toString(16)
    .padStart(8, '0')}`;
}

async function replaceSection(file: string, heading: string, lines: readonly string[]): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const sections = text.split(/^(?=\[)/m).filter((section) => section !== '' && !section.startsWith(`[${heading}]`));
  const own = `[${heading}]\n${lines.join('\n')}\n`;
  const others = sections.map((section) => `${section.trimEnd()}\n`);
  await writePrivate(file, (heading === 'default' ? [own, ...others] : [...others, own]).join('\n'));
}

/** 0600, whole or not at all, and on the disk. */
async function writePrivate(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(dirname(file));
}
