// Folders whose names survive a power cut: a name in a folder is safe only once that folder was synced.

import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder and its parents (0700) unless they are there, and syncs the name of each that it made. The name of
 * one that was there is synced too, where we may: who made it may have died before.
 */
export async function makeFolderDurably(path: string): Promise<void> {
  const absolute = resolve(path);
  const made = await mkdir(absolute, { recursive: true, mode: 0o700 });
  if (made === undefined) return syncFolder(dirname(absolute)).catch(() => undefined);
  for (let folder = absolute; folder.length >= made.length; folder = dirname(folder)) await syncFolder(dirname(folder));
}
