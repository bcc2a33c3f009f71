// The audit log as the driver reads it after each kill: what was appended since, whether its chain holds, who is in it.

import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { chainStart } from '../../../src/audit/chain.ts';
import { verifyAuditLog } from '../../../src/audit/verify.ts';
import type { ChainHead } from '../../../src/core/ports/audit-sink.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { readAuditAnchor } from '../../../src/services/cloudtrail/audit-anchor.ts';
import { auditFileName, auditFileNumbers, auditFolder } from '../../../src/services/cloudtrail/audit-folder.ts';
import { splitLines } from '../../../src/services/cloudtrail/audit-lines.ts';
import { deriveSecret, openRootKey } from '../../../src/services/kms/root-key.ts';
import { rootKeyFile } from '../../../src/site/stores.ts';
import { Violation } from './history.ts';

/** What a run owes: by user agent or by request id, each with what it was. */
export interface Owed {
  readonly agents: ReadonlyMap<string, string>;
  readonly requestIds: ReadonlyMap<string, string>;
}

export class AuditTrail {
  readonly #dataFolder: string;
  #head: ChainHead = chainStart;
  #number = 1;
  #readBytes = 0;
  #records = 0;

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  /** Records found so far. */
  get records(): number {
    return this.#records;
  }

  /**
   * Reads what was appended since the last time; the server has opened the log and nobody has called it yet. Throws
   * Violation when the chain is broken or a record is missing that is owed.
   */
  async check(owed: Owed): Promise<void> {
    const slices = await this.#readNew();
    const rootKey = await openRootKey(rootKeyFile(this.#dataFolder), systemRandom);
    const macKey = deriveSecret(rootKey, 'audit');
    const anchor = await readAuditAnchor(this.#dataFolder);
    // An anchor from before what was read last: the kills came between the log and its anchor, which may be older.
    const isNews = anchor !== undefined && anchor.sequence >= this.#head.sequence;
    const report = await verifyAuditLog(filesOf(slices), macKey, isNews ? anchor : undefined, this.#head);
    const [problem] = report.problems;
    if (problem !== undefined) throw new Violation(`${problem.file}:${problem.line}: ${problem.what}`);
    this.#head = report.head;
    this.#records += report.records;
    findOwed(slices, owed);
  }

  async #readNew(): Promise<ReadonlyArray<readonly [name: string, lines: readonly Buffer[]]>> {
    const folder = auditFolder(this.#dataFolder);
    const slices: Array<readonly [string, readonly Buffer[]]> = [];
    for (const number of await auditFileNumbers(folder)) {
      if (number < this.#number) continue;
      const from = number === this.#number ? this.#readBytes : 0;
      const name = auditFileName(number);
      const bytes = await readFrom(join(folder, name), from);
      slices.push([name, splitLines(bytes)]);
      this.#number = number;
      this.#readBytes = from + bytes.length;
    }
    return slices;
  }
}

async function readFrom(path: string, position: number): Promise<Buffer> {
  const file: FileHandle = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - position));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, position);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function* filesOf(slices: ReadonlyArray<readonly [string, readonly Buffer[]]>) {
  for (const [name, lines] of slices) yield { name, lines: eachOf(lines) };
}

async function* eachOf(lines: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
  yield* lines;
}

function findOwed(slices: ReadonlyArray<readonly [string, readonly Buffer[]]>, { agents, requestIds }: Owed): void {
  const missing = new Map([...agents, ...requestIds]);
  for (const [, lines] of slices) {
    for (const line of lines) {
      if (!line.includes('"eventVersion"')) continue;
      const { userAgent, requestID } = JSON.parse(line.toString()) as { userAgent: string; requestID: string };
      missing.delete(userAgent);
      missing.delete(requestID);
    }
  }
  const [first] = missing;
  if (first === undefined) return;
  throw new Violation(`${missing.size} acknowledged writes have no audit record, the first is ${first.join(': ')}`);
}
