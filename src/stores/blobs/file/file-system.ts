// The few calls of the file store: the place where a test can fail, tear or reorder what is written.

import { close, closeSync, constants, fdatasync, fstatSync, open, read, writev } from 'node:fs';
import { link, mkdir, opendir, open as openHandle, rm, stat, statfs, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf } from './faults.ts';
import { isOwnerAlive } from './owners.ts';

export interface ReadFile {
  readonly sizeBytes: number;
  /** How many bytes were read into `target` from `position`; 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): void;
}

export interface WrittenFile {
  /** Writes all of them, one after the other, from `position`. */
  write(pieces: readonly Uint8Array[], position: number): Promise<void>;
  /** Makes the bytes and the length durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileSystem {
  openToRead(path: string): Promise<ReadFile>;
  /** A new file; fails with EEXIST when the name is taken. */
  create(path: string): Promise<WrittenFile>;
  /** Gives a file a second name; fails with EEXIST when the name is taken. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes a folder and its parents unless they are there; the topmost one that was made. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Fails with ENOENT for what is not a file. */
  stat(path: string): Promise<{ readonly sizeBytes: number; readonly modifiedAtMs: number }>;
  /** Names in a folder; what is not there, or is no folder, has none. */
  list(path: string): AsyncIterable<{ readonly name: string; readonly isFolder: boolean }>;
  /** Of the disk that holds the path; what only root may use is not free. */
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;
  /** A file, or a folder with all that is in it. */
  removeTree(path: string): Promise<void>;
  /** Whether a process still writes in the folder of temporary files that has this name. */
  isOwnerAlive(name: string): boolean;
}

const openFile = promisify(open);
const syncFile = promisify(fdatasync);
const closeFile = promisify(close);

export const realFileSystem: FileSystem = {
  async openToRead(path) {
    const file = await openFile(path, constants.O_RDONLY);
    const found = fstatSync(file);
    if (!found.isFile()) {
      closeSync(file);
      throw notAFile(path);
    }
    // Neither fstat nor the close of a file that was only read waits for a disk; a turn through the thread pool
    // costs ten times as much as the call.
    return { sizeBytes: found.size, read: (...at) => readAt(file, ...at), close: () => closeSync(file) };
  },
  async create(path) {
    const file = await openFile(path, 'wx', 0o600);
    return {
      write: (pieces, position) => writeAll(file, pieces, position),
      sync: () => syncFile(file),
      close: () => closeFile(file),
    };
  },
  link,
  unlink,
  makeFolder: (path) => mkdir(path, { recursive: true, mode: 0o700 }),
  async syncFolder(path) {
    const folder = await openHandle(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  async stat(path) {
    const found = await stat(path);
    if (!found.isFile()) throw notAFile(path);
    return { sizeBytes: found.size, modifiedAtMs: found.mtimeMs };
  },
  async *list(path) {
    const folder = await opendir(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      throw error;
    });
    if (folder === undefined) return;
    for await (const entry of folder) yield { name: entry.name, isFolder: entry.isDirectory() };
  },
  async space(path) {
    const { bavail, blocks, bsize } = await statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  isOwnerAlive,
};

function notAFile(path: string): Error {
  return Object.assign(new Error(`ENOENT: ${path} is not a file`), { code: 'ENOENT' });
}

function readAt(file: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, target, 0, target.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

async function writeAll(file: number, pieces: readonly Uint8Array[], position: number): Promise<void> {
  let rest = pieces.filter((piece) => piece.length > 0);
  let at = position;
  while (rest.length > 0) {
    const count = await writeSome(file, rest, at);
    at += count;
    rest = withoutFirst(rest, count);
  }
}

function writeSome(file: number, pieces: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(file, [...pieces], position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** What is left to write when the disk took only `count` bytes. */
function withoutFirst(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let taken = count;
  return pieces.flatMap((piece) => {
    const gone = Math.min(taken, piece.length);
    taken -= gone;
    return gone === piece.length ? [] : [piece.subarray(gone)];
  });
}
