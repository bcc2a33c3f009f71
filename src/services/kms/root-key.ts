// The root key: one file, 32 bytes, from which everything that is secret at rest descends. Made once, never sent anywhere.

import { hkdfSync } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '#core/random.ts';

export interface RootKey {
  /** 16 hex digits; stands in whatever the key has wrapped. */
  readonly id: string;
  readonly bytes: Buffer;
}

const heading = 'sallyport-root-key 1';

/** Loads the key, or makes it when the file is not there. Throws a sentence for the operator when it cannot be used. */
export async function openRootKey(file: string, random: Random): Promise<RootKey> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`The root key ${file} cannot be read: ${error.code}.`, { cause: error });
  });
  if (text === undefined) return makeRootKey(file, random);
  await requirePrivate(file);
  return parseRootKey(file, text);
}

/** 32 bytes for one purpose; different purposes tell nothing of one another (HKDF-SHA256, RFC 5869). */
export function deriveSecret(rootKey: RootKey, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', rootKey.bytes, rootKey.id, `sallyport/${purpose}`, 32));
}

async function requirePrivate(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  const shown = (mode & 0o777).toString(8);
  throw new Error(
    `The root key ${file} has mode ${shown}: others can read it. Run chmod 600 on it, and wonder who did.`,
  );
}

function parseRootKey(file: string, text: string): RootKey {
  const match = /^sallyport-root-key 1\nid ([0-9a-f]{16})\nkey ([0-9a-f]{64})\n$/.exec(text);
  const [, id, key] = match ?? [];
  if (id !== undefined && key !== undefined) return { id, bytes: Buffer.from(key, 'hex') };
  throw new Error(`The root key ${file} is not one of ours: it must be restored, nothing can be read without it.`);
}

/** Written beside, synced, then linked: the file is whole or not there, and never takes another's place. */
async function makeRootKey(file: string, random: Random): Promise<RootKey> {
  const rootKey = { id: random.bytes(8).toString('hex'), bytes: random.bytes(32) };
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${random.uuid()}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${heading}\nid ${rootKey.id}\nkey ${rootKey.bytes.toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await link(temporary, file);
  await unlink(temporary);
  const directory = await open(folder, 'r');
  await directory.sync();
  await directory.close();
  return rootKey;
}
