// Finds one line of an audit log by its number: the seals say which numbers the lines before them have.

import { parseSeal } from './chain.ts';
import type { AuditLogFile } from './verify.ts';

export type FoundLine =
  | { readonly is: 'there'; readonly line: Buffer; readonly file: string }
  /** Before the first file that is there, or after the last. */
  | { readonly is: 'missing'; readonly first: number | undefined; readonly last: number }
  /** Its batch does not have the lines that its seal counts. */
  | { readonly is: 'damaged'; readonly file: string };

/** Reads until it is found, with one batch in memory. Needs no key: that the log is authentic `audit verify` says. */
export async function findLine(files: AsyncIterable<AuditLogFile>, sequence: number): Promise<FoundLine> {
  let first: number | undefined;
  let last = 0;
  let batch: Buffer[] = [];
  for await (const file of files) {
    batch = [];
    for await (const line of file.lines) {
      const seal = parseSeal(line);
      if (seal === undefined) {
        batch.push(line);
        continue;
      }
      first ??= seal.first;
      last = seal.first + seal.crc.length - 1;
      const found = batch[sequence - seal.first];
      if (sequence >= seal.first && sequence <= last) {
        if (batch.length !== seal.crc.length || found === undefined) return { is: 'damaged', file: file.name };
        return { is: 'there', line: found, file: file.name };
      }
      batch = [];
    }
  }
  return { is: 'missing', first, last };
}
