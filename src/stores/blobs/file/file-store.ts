// Blobs as files: written under tmp/, synced, then named; a name stands only for whole, durable bytes.

import { dirname, join } from 'node:path';
import type { Random } from '#core/random.ts';
import {
  assertBlobKey,
  BlobDamagedError,
  BlobNotFoundError,
  type BlobStat,
  type BlobStore,
  defaultPieceBytes,
  resolveRange,
} from '../blob-store.ts';
import { codeOf, translateFault } from './faults.ts';
import { type FileSystem, realFileSystem } from './file-system.ts';
import { fileWriter } from './file-writer.ts';

export interface FileStoreOptions {
  readonly directory: string;
  readonly random: Random;
  readonly fileSystem?: FileSystem;
}

/** Blobs live under `objects/`, named as their keys; `tmp/` holds only what a crash left, and is emptied here. */
export async function openFileBlobStore(options: FileStoreOptions): Promise<BlobStore> {
  const { directory, random, fileSystem = realFileSystem } = options;
  const objects = join(directory, 'objects');
  const temporary = join(directory, 'tmp');
  await fileSystem.removeFolder(temporary);
  for (const folder of [objects, temporary]) await fileSystem.makeFolder(folder);
  await fileSystem.syncFolder(directory);
  const pathOf = (key: string) => {
    assertBlobKey(key);
    return join(objects, key);
  };
  return {
    read: (key, range, pieceBytes = defaultPieceBytes) => readFile(fileSystem, key, pathOf(key), range, pieceBytes),
    async write(key) {
      const path = pathOf(key);
      return fileWriter({ fileSystem, key, path, temporary: join(temporary, random.uuid()), root: directory });
    },
    async stat(key) {
      const path = pathOf(key);
      const found = await fileSystem.stat(path).catch(absent);
      return found && { key, ...found };
    },
    list: (prefix) => listFolder(fileSystem, prefix === '' ? objects : pathOf(prefix), prefix),
    async remove(key) {
      const path = pathOf(key);
      await fileSystem.unlink(path).catch(absent);
      await fileSystem.syncFolder(dirname(path)).catch(absent);
    },
    capabilities: () => ({ durable: true, persistent: true }),
  };
}

/** Undefined for a path that is not there; any other fault is thrown in our words. */
function absent(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
  throw translateFault(error);
}

async function* readFile(
  fileSystem: FileSystem,
  key: string,
  path: string,
  range: Parameters<BlobStore['read']>[1],
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await fileSystem.open(path, 'read').catch(absent);
  if (file === undefined) throw new BlobNotFoundError(key);
  try {
    const { first, last } = resolveRange(range, await file.sizeBytes());
    for (let at = first; at <= last; ) {
      const wanted = Math.min(pieceBytes, last + 1 - at);
      const piece = Buffer.allocUnsafeSlow(wanted);
      let filled = 0;
      while (filled < wanted) {
        const count = await file.read(piece.subarray(filled), at + filled);
        if (count === 0) throw new BlobDamagedError(key, 'the file became shorter while it was read');
        filled += count;
      }
      yield piece;
      at += wanted;
    }
  } catch (error) {
    throw translateFault(error);
  } finally {
    await file.close();
  }
}

async function* listFolder(
  fileSystem: FileSystem,
  folder: string,
  prefix: string,
): AsyncGenerator<BlobStat, void, undefined> {
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
}
