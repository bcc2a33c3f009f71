// Small secret files: read only when nobody else may, written whole or not at all, durable once the call is over.

import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The text, or undefined when the file is not there. What is checked and what is read is one open file. */
export async function readPrivateFile(file: string, bytesMax: number, name: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  const bytes = Buffer.alloc(bytesMax + 1);
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) throw tooOpen(file, mode, name);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.toString('latin1', 0, bytesRead);
  } finally {
    bytes.fill(0);
    await handle.close();
  }
}

function tooOpen(file: string, mode: number, name: string): Error {
  const shown = (mode & 0o777).toString(8);
  return new Error(`${name} ${file} has mode ${shown}: others may use it. Run chmod 600 on it, and ask who did.`);
}

/** Takes nobody's place: rejects with EEXIST when the name is taken. `unique` keeps writers apart. */
export async function makePrivateFile(file: string, text: string, unique: string): Promise<void> {
  await putInPlace(file, text, unique, link);
}

/** In the place of what was there before, in one step. */
export async function replacePrivateFile(file: string, text: string, unique: string): Promise<void> {
  await putInPlace(file, text, unique, rename);
}

async function putInPlace(
  file: string,
  text: string,
  unique: string,
  put: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(file);
  const topmost = await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${unique}`;
  try {
    await writeSynced(temporary, text);
    await put(temporary, file);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  await syncFolders(folder, topmost === undefined ? folder : dirname(topmost));
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

/** Removed for good once this is over. */
export async function removePrivateFile(file: string): Promise<void> {
  await unlink(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await syncFolders(dirname(file), dirname(file)).catch(() => undefined);
}

/** From a folder up to the one that was there before: without its key, data that survived would be lost. */
export async function syncFolders(folder: string, top: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (folder !== top && folder !== dirname(folder)) await syncFolders(dirname(folder), top);
}
