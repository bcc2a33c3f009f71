// Makes folders durable: a name in a folder is safe only once that folder's own name is, all the way up.

import { dirname } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { FileSystem } from './file-system.ts';

/** Forgetting one costs a sync of a folder that is clean. */
const knownFoldersMax = 20_000;

export interface Folders {
  /** Resolves when the folder is there and would still be after a power loss. */
  ensure(path: string): Promise<void>;
  forget(path: string): void;
}

/**
 * `root` must be there. Whoever finds a folder that another writer has just made waits for the same sync; a folder
 * that another process made is synced once more, as its maker may not have come to it.
 */
export function durableFolders(fileSystem: FileSystem, root: string): Folders {
  const known = new LRUCache<string, Promise<void>>({ max: knownFoldersMax });
  const make = async (path: string) => {
    if (path === root) return;
    const parent = dirname(path);
    await ensure(parent);
    await fileSystem.makeFolder(path);
    await fileSystem.syncFolder(parent);
  };
  const ensure = (path: string): Promise<void> => {
    const started = known.get(path);
    if (started !== undefined) return started;
    const making = make(path).catch((error: unknown) => {
      known.delete(path);
      throw error;
    });
    known.set(path, making);
    return making;
  };
  return { ensure, forget: (path) => void known.delete(path) };
}
