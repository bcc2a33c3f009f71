// The file of page checksums beside the database, down to bytes: docs/design/metadata.md says the same in words.

import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import type { WalPlace, WalRun } from './wal-file.ts';

/** What the last checkpoint left: pages of the database file, and how much of which run of the log is in it. */
export interface Settled extends WalRun {
  readonly pages: number;
  readonly frames: number;
  /** True from before a checkpoint changes pages until their sums are written: then the log says what they hold. */
  readonly isUnderWay: boolean;
}

export const sumBytes = 8;
/** Two records; the sums of the pages follow. */
export const sumsStart = 128;
const recordBytes = 64;
const macBytes = 16;
const magic = Buffer.from('SLYSUMS\n');
const formatVersion = 1;

export function sumsFile(database: string): string {
  return `${database}-sums`;
}

/** Makes sums of pages: SHA-256 of key, page number and bytes, cut to 8 bytes. Not for two callers at once. */
export function pageSummer(key: Buffer, pageBytes: number): (page: number, bytes: Uint8Array) => Buffer {
  const text = Buffer.concat([key, Buffer.alloc(4 + pageBytes)]);
  return (page, bytes) => {
    text.writeUInt32BE(page, key.length);
    text.set(bytes, key.length + 4);
    return hash('sha256', text, 'buffer').subarray(0, sumBytes);
  };
}

/** Undefined when the record is not what was written with this key. */
export function readSettled(file: number, key: Buffer): Settled | undefined {
  const fields = readRecord(file, key, 0);
  if (fields === undefined) return undefined;
  const [pages = 0, salt1 = 0, salt2 = 0, frames = 0, underWay = 0] = fields;
  return { pages, salt1, salt2, frames, isUnderWay: underWay === 1 };
}

export function writeSettled(file: number, key: Buffer, settled: Settled): void {
  const { pages, salt1, salt2, frames, isUnderWay } = settled;
  writeRecord(file, key, 0, [pages, salt1, salt2, frames, isUnderWay ? 1 : 0]);
}

/** The place that the log had reached after the last commit that noted it. */
export function readReached(file: number, key: Buffer): WalPlace | undefined {
  const fields = readRecord(file, key, 1);
  if (fields === undefined) return undefined;
  const [salt1 = 0, salt2 = 0, frames = 0, sum1 = 0, sum2 = 0] = fields;
  return { salt1, salt2, frames, sum1, sum2 };
}

export function writeReached(file: number, key: Buffer, { salt1, salt2, frames, sum1, sum2 }: WalPlace): void {
  writeRecord(file, key, 1, [salt1, salt2, frames, sum1, sum2]);
}

/** Magic, version, number of the record, five fields, zeros, MAC. */
function writeRecord(file: number, key: Buffer, index: number, fields: readonly number[]): void {
  const record = Buffer.alloc(recordBytes);
  record.set(magic);
  record[8] = formatVersion;
  record[9] = index;
  for (const [position, field] of fields.entries()) record.writeUInt32BE(field, 12 + 4 * position);
  record.set(macOf(key, record), recordBytes - macBytes);
  writeSync(file, record, 0, recordBytes, index * recordBytes);
}

function readRecord(file: number, key: Buffer, index: number): readonly number[] | undefined {
  const record = Buffer.alloc(recordBytes);
  if (readSync(file, record, 0, recordBytes, index * recordBytes) !== recordBytes) return undefined;
  if (!timingSafeEqual(macOf(key, record), record.subarray(recordBytes - macBytes))) return undefined;
  if (record[8] !== formatVersion || record[9] !== index) return undefined;
  return Array.from({ length: 5 }, (_, position) => record.readUInt32BE(12 + 4 * position));
}

function macOf(key: Buffer, record: Buffer): Buffer {
  const mac = createHmac('sha256', key)
    .update(record.subarray(0, recordBytes - macBytes))
    .digest();
  return mac.subarray(0, macBytes);
}
