// The anchor beside the audit log: the head of the last batch that was synced, so that a log cut short is noticed.

import { join } from 'node:path';
import type { ChainHead } from '#core/ports/audit-sink.ts';
import { type AuditFileSystem, type AuditHandle, realAuditFileSystem } from './audit-file-system.ts';
import { auditFolder, isMissing } from './audit-folder.ts';

const anchorName = 'head';

/**
 * The anchor of the log in `<directory>/audit`; undefined when there is none or it is not readable as one. To verify a
 * log that is being written, read it before the files.
 */
export async function readAuditAnchor(
  directory: string,
  fileSystem: AuditFileSystem = realAuditFileSystem,
): Promise<ChainHead | undefined> {
  const text = await readText(fileSystem, join(auditFolder(directory), anchorName));
  return text === undefined ? undefined : parseAnchor(text);
}

function parseAnchor(text: string): ChainHead | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const { sequence, mac }: { sequence?: unknown; mac?: unknown } = parsed;
    if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || typeof mac !== 'string') return undefined;
    return { sequence, mac };
  } catch {
    return undefined;
  }
}

/** What is wrong with the anchor's file; undefined when it is byte for byte as it would be written, or not there. */
export async function auditAnchorFault(
  directory: string,
  fileSystem: AuditFileSystem = realAuditFileSystem,
): Promise<string | undefined> {
  // Read once: the next anchor may be written at any time.
  const text = await readText(fileSystem, join(auditFolder(directory), anchorName));
  if (text === undefined || text === '') return undefined;
  const anchor = parseAnchor(text);
  return anchor !== undefined && text === anchorText(anchor) ? undefined : 'it is not as it was written';
}

/** Opens the anchor for `writeAnchor`, made when it is not there. */
export async function openAnchor(fileSystem: AuditFileSystem, folder: string): Promise<AuditHandle> {
  const path = join(folder, anchorName);
  try {
    return await fileSystem.open(path, 'r+');
  } catch (error) {
    if (!isMissing(error)) throw error;
    return await fileSystem.open(path, 'wx+', 0o600);
  }
}

/** Overwrites the anchor in place, in one write, without a sync: an older anchor is not wrong, only weaker. */
export async function writeAnchor(anchor: AuditHandle, head: ChainHead): Promise<void> {
  const bytes = Buffer.from(anchorText(head));
  await anchor.write(bytes, 0, bytes.length, 0);
}

/** The number is padded so that no digit of an older anchor can remain after it. */
function anchorText(head: ChainHead): string {
  return `{"mac":"${head.mac}","sequence":${String(head.sequence).padStart(16, ' ')}}\n`;
}

/** An anchor is far shorter; what is longer is none. */
const anchorBytesMax = 1024;

/** Undefined when there is no such file. */
async function readText(fileSystem: AuditFileSystem, path: string): Promise<string | undefined> {
  const file = await fileSystem.open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(anchorBytesMax);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
