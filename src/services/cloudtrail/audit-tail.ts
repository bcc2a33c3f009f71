// What a crash left at the end of the audit log: finds the last whole batch and sets aside the bytes torn after it.

import { join } from 'node:path';
import type { ChainHead } from '#core/ports/audit-sink.ts';
import type { AuditFileSystem, AuditHandle } from './audit-file-system.ts';
import { auditFileName } from './audit-folder.ts';
import { splitLines } from './audit-lines.ts';

/** The head after `lines[end - 1]` when that is a seal and the lines before it are its batch; audit/chain.ts has it. */
export type HeadAt = (lines: readonly Buffer[], end: number) => ChainHead | undefined;

export interface Tail {
  /** The head after the last whole batch; undefined when there is none. */
  readonly head: ChainHead | undefined;
  /** The file that holds it, and where its batch ends. */
  readonly number: number | undefined;
  readonly lengthBytes: number;
}

const windowBytes = 2 * 1024 * 1024;

/**
 * Finds the last whole batch of the files with these numbers (ascending), and syncs it: its process may have been
 * killed before it came to that, and what follows may go into another file.
 */
export async function findTail(
  fileSystem: AuditFileSystem,
  folder: string,
  numbers: readonly number[],
  headAt: HeadAt,
): Promise<Tail> {
  for (const number of numbers.toReversed()) {
    const handle = await fileSystem.open(join(folder, auditFileName(number)), 'r');
    try {
      const found = await lastBatch(handle, headAt);
      if (found === undefined) continue;
      await handle.datasync();
      return { ...found, number };
    } finally {
      await handle.close();
    }
  }
  return { head: undefined, number: undefined, lengthBytes: 0 };
}

/**
 * Cuts a file back to `lengthBytes`. The bytes cut off are first kept and synced in `<file>.<length>.torn`; returns
 * that name, or undefined when there was nothing to cut.
 */
export async function cutTail(
  fileSystem: AuditFileSystem,
  folder: string,
  number: number,
  lengthBytes: number,
): Promise<string | undefined> {
  const name = auditFileName(number);
  const handle = await fileSystem.open(join(folder, name), 'r+');
  try {
    const { size } = await handle.stat();
    if (size <= lengthBytes) return undefined;
    const torn = await readRange(handle, lengthBytes, size);
    const aside = `${name}.${lengthBytes}.torn`;
    await writeAside(fileSystem, join(folder, aside), torn);
    await handle.truncate(lengthBytes);
    await handle.sync();
    return aside;
  } finally {
    await handle.close();
  }
}

async function writeAside(fileSystem: AuditFileSystem, path: string, bytes: Buffer): Promise<void> {
  const handle = await fileSystem.open(path, 'w', 0o600);
  try {
    await handle.write(bytes, 0, bytes.length, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Looks back from the end through a window that grows until a whole batch is in it. */
async function lastBatch(handle: AuditHandle, headAt: HeadAt): Promise<Omit<Tail, 'number'> | undefined> {
  const { size } = await handle.stat();
  for (let window = windowBytes; ; window *= 4) {
    const start = Math.max(0, size - window);
    const lines = splitLines(await readRange(handle, start, size));
    let endBytes = size;
    for (let end = lines.length; end > 0; end -= 1) {
      const head = headAt(lines, end);
      if (head !== undefined) return { head, lengthBytes: endBytes };
      endBytes -= lines[end - 1]?.length ?? 0;
    }
    if (start === 0) return undefined;
  }
}

async function readRange(handle: AuditHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.alloc(end - start);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, start + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}
