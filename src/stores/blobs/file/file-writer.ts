// Writes one blob: bytes to a temporary file, sync, a name that was free, and the folders that hold the name synced.

import { dirname } from 'node:path';
import type { BlobWriter } from '../blob-store.ts';
import { codeOf, translateFault } from './faults.ts';
import type { FileSystem, OpenFile } from './file-system.ts';

export interface FileWriterOptions {
  readonly fileSystem: FileSystem;
  readonly key: string;
  readonly path: string;
  readonly temporary: string;
  /** The store's folder: no folder above it is ours to sync. */
  readonly root: string;
}

export async function fileWriter(options: FileWriterOptions): Promise<BlobWriter> {
  const { fileSystem, temporary } = options;
  let file: OpenFile | undefined;
  try {
    file = await fileSystem.open(temporary, 'create');
  } catch (error) {
    throw translateFault(error);
  }
  let sizeBytes = 0;
  const end = async () => {
    const open = file;
    file = undefined;
    await open?.close();
  };
  const requireOpen = () => {
    if (file === undefined) throw new Error('the writer has ended');
    return file;
  };
  return {
    async append(bytes) {
      const at = sizeBytes;
      sizeBytes += bytes.length;
      await requireOpen().write(bytes, at).catch(rethrow);
    },
    async commit() {
      try {
        await requireOpen().sync();
        await end();
        await nameIt(options);
        return sizeBytes;
      } catch (error) {
        throw translateFault(error);
      }
    },
    async abort() {
      if (file === undefined) return;
      await end();
      await fileSystem.unlink(temporary).catch(() => undefined);
    },
  };
}

function rethrow(error: unknown): never {
  throw translateFault(error);
}

/** A hard link fails when the name is taken, where a rename would replace what is there. */
async function nameIt({ fileSystem, key, path, temporary, root }: FileWriterOptions): Promise<void> {
  const folder = dirname(path);
  try {
    const made = await fileSystem.makeFolder(folder);
    await fileSystem.link(temporary, path);
    await fileSystem.syncFolder(folder);
    if (made !== undefined) await syncUpwards(fileSystem, folder, dirname(made), root);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new Error(`the blob ${key} exists already`, { cause: error });
    throw error;
  } finally {
    await fileSystem.unlink(temporary).catch(() => undefined);
  }
}

/** New folders are durable only once the folder above them is: up to the one that was there before. */
async function syncUpwards(fileSystem: FileSystem, folder: string, top: string, root: string): Promise<void> {
  let at = folder;
  while (at !== top && at !== root && at !== dirname(at)) {
    at = dirname(at);
    await fileSystem.syncFolder(at);
  }
}
