// The audit log as the driver reads it after each kill: what was appended since, whether the chains hold, who is there.

import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { chainStart, parseSeal } from '../../../src/audit/chain.ts';
import { verifyAuditLog } from '../../../src/audit/verify.ts';
import type { ChainHead } from '../../../src/core/ports/audit-sink.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { readAuditAnchor } from '../../../src/services/cloudtrail/audit-anchor.ts';
import { type AuditChain, auditChainOf } from '../../../src/services/cloudtrail/audit-chains.ts';
import { auditFileName, auditFileNumbers, auditFolder } from '../../../src/services/cloudtrail/audit-folder.ts';
import { splitLines } from '../../../src/services/cloudtrail/audit-lines.ts';
import { deriveSecret } from '../../../src/services/kms/root/root-key.ts';
import { openFileRoot, openKeys } from '../../../src/site/keys/open-keys.ts';
import { Violation } from './registers.ts';

/** What a run owes: user agents or request ids, each with what it was. */
export type Owed = ReadonlyMap<string, string>;

type Slices = ReadonlyArray<readonly [name: string, lines: readonly Buffer[]]>;

export class AuditTrail {
  readonly #dataFolder: string;
  readonly #chains: ChainTrail[] = [];
  /** What no chain has shown so far. */
  readonly #owed = new Map<string, string>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  /** Records found so far. */
  get records(): number {
    return this.#chains.reduce((sum, chain) => sum + chain.records, 0);
  }

  /**
   * Reads what was appended since the last time to the chains of so many processes, which have opened them and which
   * nobody has called yet. Throws Violation when a chain is broken, or when a record that is owed is in none: it may
   * be in the chain of a worker that does not run now.
   */
  async check(owed: Owed, workers: number): Promise<void> {
    for (const [key, what] of owed) this.#owed.set(key, what);
    while (this.#chains.length < workers) {
      this.#chains.push(new ChainTrail(this.#dataFolder, auditChainOf(this.#dataFolder, this.#chains.length + 1)));
    }
    for (const chain of this.#chains.slice(0, workers)) this.#findOwed(await chain.readOn());
    const [first] = this.#owed;
    if (first === undefined || workers < this.#chains.length) return;
    throw new Violation(
      `${this.#owed.size} acknowledged writes have no audit record, the first is ${first.join(': ')}`,
    );
  }

  #findOwed(slices: Slices): void {
    for (const line of slices.flatMap(([, lines]) => lines)) {
      if (!line.includes('"eventVersion"')) continue;
      const { userAgent, requestID } = JSON.parse(line.toString()) as { userAgent: string; requestID: string };
      this.#owed.delete(userAgent);
      this.#owed.delete(requestID);
    }
  }
}

class ChainTrail {
  readonly #dataFolder: string;
  readonly #chain: AuditChain;
  #head: ChainHead = chainStart;
  #number = 1;
  #readBytes = 0;
  #records = 0;

  constructor(dataFolder: string, chain: AuditChain) {
    this.#dataFolder = dataFolder;
    this.#chain = chain;
  }

  get records(): number {
    return this.#records;
  }

  /** What was appended since the last time. Throws Violation when it does not go on with the chain. */
  async readOn(): Promise<Slices> {
    const { directory, keyPurpose, prefix } = this.#chain;
    // The anchor first: what the site does by itself is told while this is read.
    const anchor = await readAuditAnchor(directory);
    const slices = await this.#readNew();
    const { siteKey } = await openKeys(this.#dataFolder, systemRandom, openFileRoot);
    const macKey = deriveSecret(siteKey, keyPurpose);
    // An anchor from before what was read last: the kills came between the log and its anchor, which may be older.
    const isNews = anchor !== undefined && anchor.sequence >= this.#head.sequence;
    const report = await verifyAuditLog(filesOf(slices), macKey, isNews ? anchor : undefined, this.#head);
    const [problem] = report.problems;
    if (problem !== undefined) throw new Violation(`${prefix}${problem.file}:${problem.line}: ${problem.what}`);
    this.#head = report.head;
    this.#records += report.records;
    return slices;
  }

  async #readNew(): Promise<Slices> {
    const folder = auditFolder(this.#chain.directory);
    const slices: Array<readonly [string, readonly Buffer[]]> = [];
    const numbers = await auditFileNumbers(folder);
    for (const number of numbers) {
      if (number < this.#number) continue;
      const from = number === this.#number ? this.#readBytes : 0;
      const name = auditFileName(number);
      const all = splitLines(await readFrom(join(folder, name), from));
      const lines = number === numbers.at(-1) ? sealedOf(all) : all;
      slices.push([name, lines]);
      this.#number = number;
      this.#readBytes = from + lines.reduce((sum, { length }) => sum + length, 0);
    }
    return slices;
  }
}

/** What is being written has no seal yet: it is left for the next time. */
function sealedOf(lines: readonly Buffer[]): readonly Buffer[] {
  return lines.slice(0, lines.findLastIndex((line) => parseSeal(line) !== undefined) + 1);
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

async function* filesOf(slices: Slices) {
  for (const [name, lines] of slices) yield { name, lines: eachOf(lines) };
}

async function* eachOf(lines: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
  yield* lines;
}
