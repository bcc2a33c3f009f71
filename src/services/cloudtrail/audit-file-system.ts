// The few calls that the audit log makes of a disk: the place where a test can lose, tear or reorder what is written.

import { open, readdir, stat, statfs } from 'node:fs/promises';
import { makeFolderDurably, syncFolder } from '#std/durable-folders.ts';

/** As `FileHandle` of node:fs. */
export interface AuditHandle {
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  stat(): Promise<{ readonly size: number }>;
  truncate(lengthBytes: number): Promise<void>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface AuditFileSystem {
  /** `wx` and `wx+` make the file, and fail with EEXIST when there is one. */
  open(path: string, flags: 'r' | 'r+' | 'w' | 'wx' | 'wx+', mode?: number): Promise<AuditHandle>;
  readdir(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<{ readonly size: number; readonly mtimeMs?: number }>;
  statfs(path: string): Promise<{ readonly bavail: number; readonly blocks: number; readonly bsize: number }>;
  /** Makes a folder unless it is there (0700), and its name durable. */
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export const realAuditFileSystem: AuditFileSystem = {
  open,
  readdir: (path) => readdir(path),
  stat: (path) => stat(path),
  statfs: (path) => statfs(path),
  makeFolder: makeFolderDurably,
  syncFolder,
};
