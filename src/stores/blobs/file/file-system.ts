// The few calls of the file store: the place where a test can fail, tear or reorder what is written.

import { link, mkdir, open, opendir, rm, stat, unlink } from 'node:fs/promises';

export interface OpenFile {
  /** Bytes read into `target` from `position`; 0 at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes all of it. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  sizeBytes(): Promise<number>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileSystem {
  open(path: string, mode: 'read' | 'create'): Promise<OpenFile>;
  /** Gives a file a second name; fails with EEXIST when the name is taken. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the folder and its parents; the topmost one that was made, undefined when all were there. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  stat(path: string): Promise<{ readonly sizeBytes: number; readonly modifiedAtMs: number }>;
  /** Names in a folder; a folder that is not there has none. */
  list(path: string): AsyncIterable<{ readonly name: string; readonly isFolder: boolean }>;
  removeFolder(path: string): Promise<void>;
}

export const realFileSystem: FileSystem = {
  open: async (path, mode) => openFile(await open(path, mode === 'read' ? 'r' : 'wx', 0o600)),
  link,
  unlink,
  makeFolder: (path) => mkdir(path, { recursive: true, mode: 0o700 }),
  async syncFolder(path) {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  async stat(path) {
    const { size, mtimeMs } = await stat(path);
    return { sizeBytes: size, modifiedAtMs: mtimeMs };
  },
  async *list(path) {
    const folder = await opendir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (folder === undefined) return;
    for await (const entry of folder) yield { name: entry.name, isFolder: entry.isDirectory() };
  },
  removeFolder: (path) => rm(path, { recursive: true, force: true }),
};

function openFile(handle: Awaited<ReturnType<typeof open>>): OpenFile {
  return {
    read: async (target, position) => (await handle.read(target, 0, target.length, position)).bytesRead,
    async write(bytes, position) {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    },
    sizeBytes: async () => (await handle.stat()).size,
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}
