// The folder of the audit log: how its files are named, listed and read, and the anchor that says where the log ends.

import type { FileHandle } from 'node:fs/promises';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainHead } from '#core/ports/audit-sink.ts';

/** One file of the log. `lines` are bytes with their line feed; the last may lack it. */
export interface AuditFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly lines: AsyncIterable<Buffer>;
}

const filePattern = /^audit-(\d{12})\.jsonl$/;
const anchorName = 'head';

/** The log writes no longer lines; a longer one is handed on in pieces of this size, which no seal names. */
const lineBytesMax = 2 * 1024 * 1024;

const chunkBytes = 256 * 1024;

/** `<data directory>/audit`. */
export function auditFolder(directory: string): string {
  return join(directory, 'audit');
}

/** `audit-000000000001.jsonl`. */
export function auditFileName(number: number): string {
  return `audit-${String(number).padStart(12, '0')}.jsonl`;
}

/** The numbers of the log's files, ascending; none when there is no folder. */
export async function auditFileNumbers(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const digits = names.flatMap((name) => filePattern.exec(name)?.[1] ?? []);
  return digits.map(Number).toSorted((left, right) => left - right);
}

/** Bytes of everything in the folder: what the budget counts. */
export async function auditFolderBytes(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The files of the log in `<directory>/audit`, in order, for verification. A server may be appending meanwhile. */
export async function* readAuditFiles(directory: string): AsyncIterable<AuditFile> {
  const folder = auditFolder(directory);
  for (const number of await auditFileNumbers(folder)) {
    const name = auditFileName(number);
    const path = join(folder, name);
    yield { name, sizeBytes: await sizeOf(path), lines: readLines(path) };
  }
}

/** The anchor of the log in `<directory>/audit`; undefined when there is none or it is not readable as one. */
export async function readAuditAnchor(directory: string): Promise<ChainHead | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(auditFolder(directory), anchorName), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const { sequence, mac }: { sequence?: unknown; mac?: unknown } = parsed;
    if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || typeof mac !== 'string') return undefined;
    return { sequence, mac };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Opens the anchor for `writeAnchor`, made when it is not there. */
export async function openAnchor(folder: string): Promise<FileHandle> {
  const path = join(folder, anchorName);
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!isMissing(error)) throw error;
    return await open(path, 'wx+', 0o600);
  }
}

/** Overwrites the anchor in place, in one write, without a sync: an older anchor is not wrong, only weaker. */
export async function writeAnchor(anchor: FileHandle, head: ChainHead): Promise<void> {
  // The number is padded so that no digit of an older anchor can remain after it.
  const text = `{"mac":"${head.mac}","sequence":${String(head.sequence).padStart(16, ' ')}}\n`;
  await anchor.write(text, 0, 'utf8');
}

/** True for a path that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

async function* readLines(path: string): AsyncIterable<Buffer> {
  const handle = await open(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) break;
      const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(10) + 1;
      yield* splitLines(text.subarray(0, end));
      rest = text.subarray(end);
      if (rest.length < lineBytesMax) continue;
      yield rest;
      rest = Buffer.alloc(0);
    }
    if (rest.length > 0) yield rest;
  } finally {
    await handle.close();
  }
}

/** The lines of a text, each with its line feed; the last may lack it. */
export function splitLines(text: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf(10, start);
    const end = feed === -1 ? text.length : feed + 1;
    lines.push(text.subarray(start, end));
    start = end;
  }
  return lines;
}
