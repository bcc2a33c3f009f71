// Verification of an audit log: reads it once, in order, and names every line that is not as it was sealed.

import { crc32 } from 'node:zlib';
import type { ChainHead } from '#core/ports/audit-sink.ts';
import { batchMac, chainStart, parseSeal, type Seal, sealHead, signedText } from './chain.ts';
import { compareBatch, type Difference } from './compare-batch.ts';
import { OpenIntents, type UnfinishedIntent } from './open-intents.ts';

/** One file of the log. Lines are bytes with their line feed, so that not even its loss goes unseen. */
export interface AuditLogFile {
  readonly name: string;
  readonly lines: AsyncIterable<Buffer>;
}

export interface AuditProblem {
  readonly file: string;
  /** Counted from 1; the seal's line for what concerns a whole batch. */
  readonly line: number;
  /** The sequence number of the line concerned, where one can be told. */
  readonly sequence?: number;
  readonly what: string;
}

export interface AuditReport {
  readonly files: number;
  readonly records: number;
  readonly intents: number;
  /** Intents without a record: running calls of a live log, or what a crash interrupted. No problem by themselves. */
  readonly unfinishedIntents: readonly UnfinishedIntent[];
  /** Unfinished intents beyond the list's bound. */
  readonly unfinishedOmitted: number;
  readonly batches: number;
  readonly problems: readonly AuditProblem[];
  /** Problems beyond the list's bound. */
  readonly problemsOmitted: number;
  /**
   * Lines at the very end that no seal follows although the log reaches its anchor: a batch that is being written, or
   * that a crash tore before anybody was told of it. No problem by themselves.
   */
  readonly unsealedLines: number;
  /** Where the log ends. */
  readonly head: ChainHead;
}

const problemsMax = 1000;

/**
 * Reads the files in the order they were written. `head` is the anchor that was kept beside them: the log must reach
 * it. `start` is the head that the first file continues, when older files were archived. Holds one batch's CRCs,
 * the open intents and at most 1000 problems in memory.
 */
export async function verifyAuditLog(
  files: AsyncIterable<AuditLogFile>,
  macKey: Buffer,
  head?: ChainHead,
  start: ChainHead = chainStart,
): Promise<AuditReport> {
  const verifier = new Verifier(macKey, head, start);
  for await (const file of files) {
    verifier.beginFile(file.name);
    for await (const line of file.lines) verifier.readLine(line);
  }
  return verifier.finish();
}

class Verifier {
  readonly #macKey: Buffer;
  readonly #anchor: ChainHead | undefined;
  readonly #intents = new OpenIntents();
  readonly #problems: AuditProblem[] = [];
  readonly #counts = { files: 0, records: 0, intents: 0, batches: 0, problemsOmitted: 0 };
  #head: ChainHead;
  #anchorMet: boolean;
  #file = '';
  #line = 0;
  #crc: number[] = [];
  #mac;

  constructor(macKey: Buffer, anchor: ChainHead | undefined, start: ChainHead) {
    this.#macKey = macKey;
    this.#anchor = anchor;
    this.#head = start;
    this.#anchorMet = anchor !== undefined && sameHead(start, anchor);
    this.#mac = batchMac(macKey);
  }

  beginFile(name: string): void {
    this.#reportUnsealed();
    this.#file = name;
    this.#line = 0;
    this.#counts.files += 1;
  }

  readLine(line: Buffer): void {
    this.#line += 1;
    const seal = parseSeal(line);
    if (seal !== undefined) {
      this.#readSeal(seal);
      this.#beginBatch();
      return;
    }
    this.#crc.push(crc32(line));
    this.#mac.update(line);
    const kind = this.#intents.note(line, this.#file, this.#line);
    if (kind === 'intent') this.#counts.intents += 1;
    else if (kind === 'record') this.#counts.records += 1;
  }

  finish(): AuditReport {
    const anchor = this.#anchor;
    const unsealedLines = this.#anchorMet ? this.#crc.length : 0;
    if (unsealedLines === 0) this.#reportUnsealed();
    if (anchor !== undefined && anchor.sequence > this.#head.sequence) {
      const what = `${span(this.#head.sequence + 1, anchor.sequence)} missing at the end of the log`;
      this.#report(this.#line, what, this.#head.sequence + 1);
    } else if (anchor !== undefined && !this.#anchorMet) this.#missAnchor(anchor);
    return {
      ...this.#counts,
      unsealedLines,
      problems: this.#problems,
      unfinishedIntents: this.#intents.unfinished(),
      unfinishedOmitted: this.#intents.forgotten,
      head: this.#head,
    };
  }

  /** Lines at the end of a file that no seal follows. */
  #reportUnsealed(): void {
    const count = this.#crc.length;
    if (count === 0) return;
    const lines = count === 1 ? 'one line' : `${count} lines`;
    const what = `${lines} from here to the end of the file without an intact seal`;
    this.#report(this.#line - count + 1, what, this.#head.sequence + 1);
    this.#beginBatch();
  }

  #beginBatch(): void {
    this.#crc = [];
    this.#mac = batchMac(this.#macKey);
  }

  #readSeal(seal: Seal): void {
    this.#counts.batches += 1;
    const after = sealHead(seal);
    const expected = this.#head.sequence + 1;
    const lostSeal = this.#lostSeal(seal, expected);
    const differences = lostSeal ? [] : compareBatch(seal.crc, this.#crc);
    if (seal.first < expected || (after.sequence < expected && this.#repeats(seal))) {
      this.#report(this.#line, `the batch of ${span(seal.first, after.sequence)} out of place or repeated`, seal.first);
      if (this.#crc.length > 0) for (const difference of differences) this.#reportDifference(seal, difference);
      return;
    }
    if (!lostSeal) this.#checkPlace(seal, expected);
    if (!lostSeal) this.#checkLines(seal, differences);
    this.#passAnchor(after);
    this.#head = after;
  }

  /** The MAC over what is there: when it fits although the CRCs do not, it is the CRCs that were changed. */
  #checkLines(seal: Seal, differences: readonly Difference[]): void {
    const signed = signedText(seal.first, this.#crc.length, this.#crc.join(','), seal.previous);
    const intact = this.#mac.update(signed).digest('hex') === seal.mac;
    if (intact && differences.length === 0) return;
    if (intact) {
      this.#report(this.#line, `the CRCs in the seal of its ${seal.crc.length} lines were changed`, seal.first);
    } else if (differences.length === 0) {
      const lines = span(seal.first, sealHead(seal).sequence);
      this.#report(this.#line, `${lines} not authentic: the seal was changed, or rewritten with its lines`, seal.first);
    }
    if (!intact) for (const difference of differences) this.#reportDifference(seal, difference);
  }

  /** True for an empty batch's seal that stands twice. */
  #repeats(seal: Seal): boolean {
    return seal.mac === this.#head.mac;
  }

  /** Lines of an earlier batch right before this one's: the seal between them is gone. */
  #lostSeal(seal: Seal, expected: number): boolean {
    const extra = this.#crc.length - seal.crc.length;
    if (extra <= 0 || seal.first <= expected) return false;
    if (!seal.crc.every((crc, index) => crc === this.#crc[extra + index])) return false;
    const what = `${span(expected, seal.first - 1)} without an intact seal: the seal was changed or removed`;
    this.#report(this.#line - this.#crc.length + extra - 1, what, expected);
    return true;
  }

  #checkPlace(seal: Seal, expected: number): void {
    if (seal.first > expected) {
      this.#report(this.#line, `${span(expected, seal.first - 1)} missing before this batch`, expected);
    } else if (seal.previous !== this.#head.mac) {
      this.#report(this.#line, 'the batch does not continue the one before it', seal.first);
    }
  }

  /** The anchor names one seal of the log: it must have come by before the log goes on past its sequence number. */
  #passAnchor(after: ChainHead): void {
    if (this.#anchor === undefined || this.#anchorMet) return;
    if (sameHead(after, this.#anchor)) this.#anchorMet = true;
    else if (after.sequence > this.#anchor.sequence) this.#missAnchor(this.#anchor);
  }

  #missAnchor(anchor: ChainHead): void {
    this.#anchorMet = true;
    this.#report(this.#line, 'the log does not hold the seal that its head anchor names', anchor.sequence);
  }

  #reportDifference(seal: Seal, difference: Difference): void {
    const firstLine = this.#line - this.#crc.length;
    const sequence = 'sealed' in difference ? seal.first + difference.sealed : undefined;
    const line =
      'found' in difference ? firstLine + difference.found : Math.min(firstLine + difference.sealed, this.#line);
    this.#report(line, differenceText(difference, sequence), sequence);
  }

  #report(line: number, what: string, sequence?: number): void {
    if (this.#problems.length >= problemsMax) this.#counts.problemsOmitted += 1;
    else this.#problems.push({ file: this.#file, line, ...(sequence === undefined ? {} : { sequence }), what });
  }
}

function differenceText(difference: Difference, sequence: number | undefined): string {
  switch (difference.kind) {
    case 'changed':
      return `line ${sequence} of the log was changed`;
    case 'removed':
      return `line ${sequence} of the log was removed here`;
    case 'inserted':
      return 'this line was inserted: no seal names it';
    case 'repeated':
      return `this line was inserted: it is a copy of line ${sequence} of the log`;
    case 'moved':
      return `line ${sequence} of the log stands in the wrong order`;
    default:
      return difference satisfies never;
  }
}

function sameHead(left: ChainHead, right: ChainHead): boolean {
  return left.sequence === right.sequence && left.mac === right.mac;
}

function span(first: number, last: number): string {
  return first >= last ? `line ${first} is` : `lines ${first} to ${last} are`;
}
