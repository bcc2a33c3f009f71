// The folder of the audit log: how its files are named, listed and read.

import { join } from 'node:path';
import { type AuditFileSystem, realAuditFileSystem } from './audit-file-system.ts';
import { readLines } from './audit-lines.ts';

/** One file of the log. `lines` are bytes with their line feed; the last may lack it. */
export interface AuditFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** When something was written to it last. */
  readonly changedAtMs: number | undefined;
  readonly lines: AsyncIterable<Buffer>;
}

const filePattern = /^audit-(\d{12})\.jsonl$/;

/** `<data directory>/audit`. */
export function auditFolder(directory: string): string {
  return join(directory, 'audit');
}

/** `audit-000000000001.jsonl`. */
export function auditFileName(number: number): string {
  return `audit-${String(number).padStart(12, '0')}.jsonl`;
}

/** The numbers of the log's files, ascending; none when there is no folder. */
export async function auditFileNumbers(
  folder: string,
  fileSystem: AuditFileSystem = realAuditFileSystem,
): Promise<readonly number[]> {
  const names = await fileSystem.readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const digits = names.flatMap((name) => filePattern.exec(name)?.[1] ?? []);
  return digits.map(Number).toSorted((left, right) => left - right);
}

/** Bytes of everything in the folder: what the budget counts. */
export async function auditFolderBytes(fileSystem: AuditFileSystem, folder: string): Promise<number> {
  const names = await fileSystem.readdir(folder);
  const found = await Promise.all(names.map((name) => lookAt(fileSystem, join(folder, name))));
  return found.reduce((sum, { size }) => sum + size, 0);
}

/** The files of the log in `<directory>/audit`, in order. A server may be appending meanwhile. */
export async function* readAuditFiles(
  directory: string,
  fileSystem: AuditFileSystem = realAuditFileSystem,
): AsyncIterable<AuditFile> {
  const folder = auditFolder(directory);
  for (const number of await auditFileNumbers(folder, fileSystem)) {
    const name = auditFileName(number);
    const path = join(folder, name);
    const { size, mtimeMs } = await lookAt(fileSystem, path);
    yield { name, sizeBytes: size, changedAtMs: mtimeMs, lines: readLines(fileSystem, path) };
  }
}

/** True for a path that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function lookAt(fileSystem: AuditFileSystem, path: string) {
  try {
    return await fileSystem.stat(path);
  } catch (error) {
    if (isMissing(error)) return { size: 0, mtimeMs: undefined };
    throw error;
  }
}
