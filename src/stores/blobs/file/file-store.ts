// Blobs as files: written under tmp/, synced, then named; a name stands only for whole, durable bytes.

import { dirname, join } from 'node:path';
import type { Random } from '#core/random.ts';
import { assertBlobKey, assertBlobPrefix } from '../blob-key.ts';
import { BlobDamagedError, BlobNotFoundError, type BlobStat, type BlobStore, type ByteRange } from '../blob-store.ts';
import { resolveRange } from '../byte-range.ts';
import { absent, translateFault } from './faults.ts';
import { type FileSystem, realFileSystem } from './file-system.ts';
import { fileWriter } from './file-writer.ts';
import { durableFolders } from './folders.ts';
import { openFreeSpace } from './free-space.ts';
import { newOwner } from './owners.ts';

export interface FileStoreOptions {
  /** Made, with its parents, when it is not there. */
  readonly directory: string;
  readonly random: Random;
  /** The real one when left out. */
  readonly fileSystem?: FileSystem;
}

const pieceBytes = 1024 * 1024;

/**
 * A blob is `objects/<key>`: who chooses keys chooses how folders fan out. Each process has a folder of its own for
 * what it is writing; those of processes that ended are swept when a store is opened. Throws storage-unavailable.
 */
export async function openFileBlobStore(options: FileStoreOptions): Promise<BlobStore> {
  const { directory, random, fileSystem = realFileSystem } = options;
  const objects = join(directory, 'objects');
  const folders = durableFolders(fileSystem, directory);
  const space = openFreeSpace(fileSystem, directory);
  const temporary = join(directory, 'tmp', newOwner(random.uuid()));
  try {
    await makeDurably(fileSystem, directory);
    await folders.ensure(objects);
    await sweep(fileSystem, dirname(temporary));
    await folders.ensure(temporary);
  } catch (error) {
    throw translateFault(error);
  }
  return {
    ...readerOf(fileSystem, objects),
    async write(key) {
      const paths = { path: pathIn(objects, key), temporary: join(temporary, random.uuid()) };
      return fileWriter({ fileSystem, folders, space, key, ...paths });
    },
    async remove(key) {
      const path = pathIn(objects, key);
      await fileSystem.unlink(path).catch(absent);
      await fileSystem.syncFolder(dirname(path)).catch(absent);
    },
  };
}

/** For whoever only looks, beside a server or without one: makes no folder and sweeps nothing. */
export function openFileBlobStoreToRead(directory: string, fileSystem: FileSystem = realFileSystem): BlobStore {
  const refuse = () => Promise.reject(new Error('this store was opened to be read only'));
  return { ...readerOf(fileSystem, join(directory, 'objects')), write: refuse, remove: refuse };
}

function readerOf(fileSystem: FileSystem, objects: string): Omit<BlobStore, 'write' | 'remove'> {
  return {
    read: (key, range) => readFile(fileSystem, key, (name) => pathIn(objects, name), range),
    async stat(key) {
      const found = await fileSystem.stat(pathIn(objects, key)).catch(absent);
      return found && { key, ...found };
    },
    list(prefix) {
      assertBlobPrefix(prefix);
      return listFolder(fileSystem, prefix === '' ? objects : pathIn(objects, prefix), prefix);
    },
    capabilities: () => ({ durable: true, persistent: true }),
  };
}

function pathIn(objects: string, key: string): string {
  assertBlobKey(key);
  return join(objects, key);
}

/** The name of each folder that was made is synced, and that of the last one always: its maker may have died. */
async function makeDurably(fileSystem: FileSystem, directory: string): Promise<void> {
  const made = (await fileSystem.makeFolder(directory)) ?? directory;
  for (let folder = directory; folder.length >= made.length; folder = dirname(folder)) {
    await fileSystem.syncFolder(dirname(folder));
  }
}

async function sweep(fileSystem: FileSystem, folder: string): Promise<void> {
  for await (const { name } of fileSystem.list(folder)) {
    if (!fileSystem.isOwnerAlive(name)) await fileSystem.removeTree(join(folder, name));
  }
}

async function* readFile(
  fileSystem: FileSystem,
  key: string,
  pathOf: (key: string) => string,
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await fileSystem.openToRead(pathOf(key)).catch(absent);
  if (file === undefined) throw new BlobNotFoundError(key);
  try {
    const { first, last } = resolveRange(range, file.sizeBytes);
    for (let at = first; at <= last; at += pieceBytes) {
      const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, last + 1 - at));
      let filled = 0;
      while (filled < piece.length) {
        const count = await file.read(piece.subarray(filled), at + filled);
        if (count === 0) throw new BlobDamagedError(key, 'the file became shorter while it was read');
        filled += count;
      }
      yield piece;
    }
  } catch (error) {
    throw translateFault(error);
  } finally {
    file.close();
  }
}

async function* listFolder(
  fileSystem: FileSystem,
  folder: string,
  prefix: string,
): AsyncGenerator<BlobStat, void, undefined> {
  try {
    for await (const { name, isFolder } of fileSystem.list(folder)) {
      const key = prefix === '' ? name : `${prefix}/${name}`;
      const path = join(folder, name);
      if (isFolder) {
        yield* listFolder(fileSystem, path, key);
        continue;
      }
      const found = await fileSystem.stat(path).catch(absent);
      if (found !== undefined) yield { key, ...found };
    }
  } catch (error) {
    throw translateFault(error);
  }
}
