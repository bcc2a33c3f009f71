// The site key: 32 bytes that stay when the root changes. Tokens, audit chain and page sums hang on it.

import { createHash } from 'node:crypto';
import type { Random } from '#core/random.ts';
import { makePrivateFile, readPrivateFile, replacePrivateFile } from './private-files.ts';
import type { RootKey } from './root-key.ts';
import { holdRootKeys, otherRootText, type RootKeys } from './root-keys.ts';
import { openRootWrapping, rootIdOf } from './wrapping.ts';

/** Derives every secret that has to outlive a root key. Not `RootKey`'s equal: it wraps nothing. */
export type SiteKey = RootKey & { readonly isSiteKey: true };

const purpose = 'wrap-site-key';
const form = /^sallyport-site-key 1\nid ([0-9a-f]{16})\n((?:under [0-9a-f]{138}\n){1,2})sum ([0-9a-f]{16})\n$/;
const fileBytesMax = 1024;

export interface SiteKeyOptions {
  readonly file: string;
  readonly roots: RootKeys;
  readonly random: Random;
}

export function siteKeyOf({ id, bytes }: RootKey): SiteKey {
  return { id, bytes, isSiteKey: true };
}

/** Undefined when the file is not there. Throws a sentence when it is damaged, or when its root is not here. */
export async function readSiteKey({ file, roots, random }: SiteKeyOptions): Promise<SiteKey | undefined> {
  const text = await readPrivateFile(file, fileBytesMax, 'The site key');
  if (text === undefined) return undefined;
  const { id, wraps } = parse(file, text);
  const known = wraps.find((wrapped) => roots.find(rootIdOf(wrapped) ?? '') !== undefined);
  const [first = Buffer.alloc(0)] = wraps;
  if (known === undefined) throw new Error(otherRootText(rootIdOf(first) ?? '', roots));
  try {
    return siteKeyOf({ id, bytes: openRootWrapping(roots, purpose, random).unwrap(id, known) });
  } catch (cause) {
    const root = rootIdOf(known);
    throw new Error(`The site key ${file} does not open under the root key ${root}: one of them is not what it was.`, {
      cause,
    });
  }
}

/** Under each of the roots; whoever else makes one at the same time has made this one too. */
export async function makeSiteKey(options: SiteKeyOptions, siteKey: SiteKey): Promise<SiteKey> {
  try {
    await makePrivateFile(options.file, textOf(options, siteKey), options.random.uuid());
    return siteKey;
  } catch (error) {
    const made = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readSiteKey(options) : undefined;
    if (made === undefined) throw error;
    return made;
  }
}

/** Writes it anew under the roots that are here now, in one step. */
export async function rewrapSiteKey(options: SiteKeyOptions, siteKey: SiteKey): Promise<void> {
  await replacePrivateFile(options.file, textOf(options, siteKey), options.random.uuid());
}

function textOf({ roots, random }: SiteKeyOptions, { id, bytes }: SiteKey): string {
  const under = roots.all().map((root) => {
    const wrapped = openRootWrapping(holdRootKeys(root), purpose, random).wrap(id, bytes);
    return `under ${wrapped.toString('hex')}\n`;
  });
  const text = `sallyport-site-key 1\nid ${id}\n${under.join('')}`;
  return `${text}sum ${sumOf(text)}\n`;
}

function parse(file: string, text: string): { readonly id: string; readonly wraps: readonly Buffer[] } {
  const [, id, lines = '', sum] = form.exec(text) ?? [];
  if (id === undefined || sum !== sumOf(text.slice(0, text.lastIndexOf('sum ')))) {
    throw new Error(
      `The site key ${file} is not one of ours: restore the right file from a backup of the data folder.`,
    );
  }
  const wraps = lines
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line.slice('under '.length), 'hex'));
  return { id, wraps };
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
