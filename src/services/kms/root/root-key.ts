// The root key: one file, 32 bytes, from which everything secret at rest descends. Made once, never sent anywhere.

import { hkdfSync } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '#core/random.ts';

export interface RootKey {
  /** 16 hex digits; stands in whatever the key has wrapped. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

const heading = 'sallyport-root-key 1';
const keyFile = /^sallyport-root-key 1\nid ([0-9a-f]{16})\nkey ([0-9a-f]{64})\n$/;
const keyFileBytes = 110;

/** Loads the key, or makes it when the file is not there. Throws a sentence for the operator when it cannot be used. */
export async function openRootKey(file: string, random: Random): Promise<RootKey> {
  try {
    const known = await loadRootKey(file);
    if (known === undefined) return await makeRootKey(file, random);
    // Whoever made it may have died, or not have come yet, to this: without its name, what the key wraps is lost.
    await syncFolders(dirname(file), dirname(file)).catch(() => undefined);
    return known;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`The root key ${file} can be neither read nor made: ${code}.`, { cause: error });
  }
}

/** The key, or undefined when the file is not there; nothing is made. Throws as `openRootKey` does. */
export async function readRootKey(file: string): Promise<RootKey | undefined> {
  try {
    return await loadRootKey(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`The root key ${file} cannot be read: ${code}.`, { cause: error });
  }
}

/** 32 bytes for one purpose; different purposes tell nothing of one another (HKDF-SHA256, RFC 5869). */
export function deriveSecret(rootKey: RootKey, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', rootKey.bytes, rootKey.id, `sallyport/${purpose}`, 32));
}

/** Undefined when there is no such file. What is checked and what is read is one open file. */
async function loadRootKey(file: string): Promise<RootKey | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) throw tooOpen(file, mode);
    const text = Buffer.alloc(keyFileBytes + 1);
    const { bytesRead } = await handle.read(text, 0, text.length, 0);
    return parseRootKey(file, text.toString('latin1', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

function tooOpen(file: string, mode: number): Error {
  const shown = (mode & 0o777).toString(8);
  return new Error(`The root key ${file} has mode ${shown}: others may use it. Run chmod 600 on it, and ask who did.`);
}

function parseRootKey(file: string, text: string): RootKey {
  const [, id, key] = keyFile.exec(text) ?? [];
  if (id !== undefined && key !== undefined) return { id, bytes: Buffer.from(key, 'hex') };
  throw new Error(`The root key ${file} is not one of ours: restore the right file, nothing can be read without it.`);
}

/** Written beside, synced, then linked: the file is whole or not there, and never takes another's place. */
async function makeRootKey(file: string, random: Random): Promise<RootKey> {
  const rootKey = { id: random.bytes(8).toString('hex'), bytes: random.bytes(32) };
  const folder = dirname(file);
  const topmost = await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${random.uuid()}`;
  try {
    await writeSynced(temporary, `${heading}\nid ${rootKey.id}\nkey ${rootKey.bytes.toString('hex')}\n`);
    await link(temporary, file);
  } catch (error) {
    // Another process has made one meanwhile: there is only one.
    const made = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await loadRootKey(file) : undefined;
    if (made === undefined) throw error;
    await syncFolders(folder, folder);
    return made;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  await syncFolders(folder, topmost === undefined ? folder : dirname(topmost));
  return rootKey;
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** From a folder up to the one that was there before: without its key, data that survived would be lost. */
async function syncFolders(folder: string, top: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (folder !== top && folder !== dirname(folder)) await syncFolders(dirname(folder), top);
}
