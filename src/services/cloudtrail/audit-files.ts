// The append-only files behind the audit: one batch is one write and one sync; what fails is cut off again.

import { join } from 'node:path';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { AuditSink, ChainHead } from '#core/ports/audit-sink.ts';
import { openAnchor, readAuditAnchor, writeAnchor } from './audit-anchor.ts';
import { type AuditFileSystem, type AuditHandle, realAuditFileSystem } from './audit-file-system.ts';
import { auditFileName, auditFileNumbers, auditFolder } from './audit-folder.ts';
import { AuditSpace } from './audit-space.ts';
import { cutTail, findTail, type HeadAt, type Tail } from './audit-tail.ts';

export interface AuditFilesOptions {
  /** The data directory; the log is in its folder `audit`. */
  readonly directory: string;
  readonly clock: Clock;
  /** Recognises a whole batch: `headAt` of audit/chain.ts. */
  readonly headAt: HeadAt;
  readonly fileBytesMax?: number;
  readonly budgetBytes?: number;
  /** What has to stay free on the disk; by its size and limits.auditFreeSpaceBytesMin when left out. */
  readonly freeSpaceBytesMin?: number;
  /** The real one when left out. */
  readonly fileSystem?: AuditFileSystem;
}

export interface AuditFiles extends AuditSink {
  /** Where the log ends and the next batch goes on; undefined for a new log. */
  head(): ChainHead | undefined;
  /** What was found amiss when the log was opened, as sentences for the operator's log. */
  readonly findings: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens or makes the log in `<directory>/audit` (files 0600, folder 0700). A batch that a crash tore is cut off and
 * kept in a `.torn` file; a log that ends before its anchor is left as it is and continued in a new file, so that
 * verification goes on naming the loss. One process at a time: the caller holds the lock of the data directory.
 */
export async function openAuditFiles(options: AuditFilesOptions): Promise<AuditFiles> {
  const folder = auditFolder(options.directory);
  const { fileSystem = realAuditFileSystem } = options;
  await fileSystem.makeFolder(folder);
  // Who made the newest file may have died before this: without its name, what is appended to it would be lost.
  await fileSystem.syncFolder(folder);
  const numbers = await auditFileNumbers(folder, fileSystem);
  const anchor = await readAuditAnchor(options.directory, fileSystem);
  const tail = await findTail(fileSystem, folder, numbers, options.headAt);
  const findings: string[] = [];
  const lost = anchor !== undefined && anchor.sequence > (tail.head?.sequence ?? 0);
  if (lost) findings.push(lostText(anchor, tail.head));
  else findings.push(...(await cutTorn(fileSystem, folder, numbers, tail)));
  if (anchor === undefined && tail.head !== undefined) findings.push(`the head anchor of ${folder} was not readable`);
  const opened = { folder, fileSystem, anchor: await openAnchor(fileSystem, folder), findings };
  const log = new AuditFileLog(options, opened, lost ? anchor : tail.head);
  const number = numbers.at(-1);
  if (number !== undefined) await log.goOn(number, lost ? undefined : number === tail.number ? tail.lengthBytes : 0);
  return log;
}

interface Opened {
  readonly folder: string;
  readonly fileSystem: AuditFileSystem;
  readonly anchor: AuditHandle;
  readonly findings: readonly string[];
}

class AuditFileLog implements AuditFiles {
  readonly findings: readonly string[];
  readonly #folder: string;
  readonly #fileSystem: AuditFileSystem;
  readonly #fileBytesMax: number;
  readonly #space: AuditSpace;
  readonly #anchor: AuditHandle;
  #head: ChainHead | undefined;
  #file: AuditHandle | undefined;
  #number = 0;
  #lengthBytes = 0;
  /** True while bytes past `#lengthBytes` may be in the file. */
  #torn = false;

  constructor(options: AuditFilesOptions, opened: Opened, head: ChainHead | undefined) {
    const { folder, fileSystem, anchor, findings } = opened;
    this.#folder = folder;
    this.#fileSystem = fileSystem;
    this.#fileBytesMax = options.fileBytesMax ?? limits.auditFileBytesMax;
    this.#head = head;
    this.#anchor = anchor;
    this.findings = findings;
    const { budgetBytes = limits.auditBudgetBytes, freeSpaceBytesMin } = options;
    this.#space = new AuditSpace({ folder, fileSystem, clock: options.clock, budgetBytes, freeSpaceBytesMin });
  }

  head(): ChainHead | undefined {
    return this.#head;
  }

  /** Goes on in the file of that number, `lengthBytes` long; in a new one after it when its length is undefined. */
  async goOn(number: number, lengthBytes: number | undefined): Promise<void> {
    this.#number = number;
    if (lengthBytes === undefined) return;
    this.#file = await this.#fileSystem.open(join(this.#folder, auditFileName(number)), 'r+');
    this.#lengthBytes = lengthBytes;
  }

  async append(bytes: Uint8Array, head: ChainHead): Promise<void> {
    if (this.#torn) await this.#repair();
    await this.#space.admit(bytes.length);
    const file = await this.#fileFor(bytes.length);
    this.#torn = true;
    await writeWhole(file, bytes, this.#lengthBytes);
    await file.datasync();
    this.#torn = false;
    this.#lengthBytes += bytes.length;
    this.#space.note(bytes.length);
    this.#head = head;
    await this.#noteHead(head);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    await this.#anchor.close();
    this.#file = undefined;
  }

  /** After a failure nobody knows how much of the batch is in the file. */
  async #repair(): Promise<void> {
    await this.#file?.truncate(this.#lengthBytes);
    await this.#file?.sync();
    this.#torn = false;
  }

  async #fileFor(sizeBytes: number): Promise<AuditHandle> {
    const full = this.#lengthBytes > 0 && this.#lengthBytes + sizeBytes > this.#fileBytesMax;
    if (this.#file !== undefined && !full) return this.#file;
    const next = await createFile(this.#fileSystem, this.#folder, this.#number + 1);
    await this.#file?.close();
    this.#file = next;
    this.#number += 1;
    this.#lengthBytes = 0;
    this.#space.forget();
    return next;
  }

  /** The batch is durable already; an anchor that could not be written stays at an older head until the next one. */
  async #noteHead(head: ChainHead): Promise<void> {
    await writeAnchor(this.#anchor, head).catch(() => undefined);
  }
}

/** An empty file whose name is durable: a new one, or what an attempt that failed left behind. */
async function createFile(fileSystem: AuditFileSystem, folder: string, number: number): Promise<AuditHandle> {
  const path = join(folder, auditFileName(number));
  const file = await fileSystem.open(path, 'wx', 0o600).catch((error: unknown) => {
    if (!isTaken(error)) throw error;
    return fileSystem.open(path, 'r+');
  });
  try {
    const { size } = await file.stat();
    if (size > 0) throw new Error(`${path} is not empty: only the audit log itself writes files of that name`);
    await fileSystem.syncFolder(folder);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

async function writeWhole(file: AuditHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** Cuts what follows the last whole batch, in its file and in the files after it. */
async function cutTorn(
  fileSystem: AuditFileSystem,
  folder: string,
  numbers: readonly number[],
  tail: Tail,
): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const number of numbers) {
    if (tail.number !== undefined && number < tail.number) continue;
    const keptBytes = number === tail.number ? tail.lengthBytes : 0;
    const aside = await cutTail(fileSystem, folder, number, keptBytes);
    if (aside === undefined) continue;
    findings.push(`${auditFileName(number)} ended in a torn batch: cut to ${keptBytes} bytes, the rest is in ${aside}`);
  }
  return findings;
}

function lostText(anchor: ChainHead, found: ChainHead | undefined): string {
  const end = found === undefined ? 'holds no whole batch' : `ends whole at line ${found.sequence}`;
  return `the audit log ${end} but its head anchor says ${anchor.sequence}: run \`sallyport audit verify\``;
}
