// SQLite's write-ahead log as bytes (sqlite.org/fileformat2.html, 4): its frames, as far as their checksums hold.

import { fdatasyncSync, fstatSync, readSync, writeSync } from 'node:fs';

/** Names a run of the log: SQLite begins the file anew with other salts whenever all of it is in the database. */
export interface WalRun {
  readonly salt1: number;
  readonly salt2: number;
}

/** A place in a run: how many frames, and the running checksum after the last of them. */
export interface WalPlace extends WalRun {
  readonly frames: number;
  readonly sum1: number;
  readonly sum2: number;
}

export interface WalFrame {
  /** Counted from 1. */
  readonly number: number;
  readonly page: number;
  /** Pages of the database after the commit that this frame ends; 0 inside a transaction. */
  readonly commitPages: number;
  readonly place: WalPlace;
  /** The page's bytes; valid until the next frame is asked for. */
  readonly content: Buffer;
}

export const walHeaderBytes = 32;
export const walFrameHeaderBytes = 24;
const magicLittleEndian = 0x377f0682;
const zerosBytes = 1024 * 1024;

interface WalHeader extends WalRun {
  readonly pageBytes: number;
  readonly isLittleEndian: boolean;
  readonly sum1: number;
  readonly sum2: number;
}

/** The run and page size that the header names; undefined when there is none or it is damaged. */
export function readWalHeader(file: number): WalHeader | undefined {
  const header = Buffer.alloc(walHeaderBytes);
  if (readSync(file, header, 0, walHeaderBytes, 0) !== walHeaderBytes) return undefined;
  const magic = header.readUInt32BE(0);
  if (magic >>> 1 !== magicLittleEndian >>> 1) return undefined;
  const isLittleEndian = magic === magicLittleEndian;
  const [sum1, sum2] = addWords([0, 0], header.subarray(0, 24), isLittleEndian);
  if (sum1 !== header.readUInt32BE(24) || sum2 !== header.readUInt32BE(28)) return undefined;
  const pageBytes = header.readUInt32BE(8);
  return { pageBytes, isLittleEndian, salt1: header.readUInt32BE(16), salt2: header.readUInt32BE(20), sum1, sum2 };
}

/** The frames from the first on, until one does not continue the chain. */
export function* readWalFrames(file: number, header: WalHeader): Generator<WalFrame, void, undefined> {
  const { pageBytes, isLittleEndian, salt1, salt2 } = header;
  const frameBytes = walFrameHeaderBytes + pageBytes;
  const chunk = Buffer.alloc(frameBytes * 64);
  let sums: Sums = [header.sum1, header.sum2];
  for (let number = 1; ; ) {
    const filled = readSync(file, chunk, 0, chunk.length, walHeaderBytes + (number - 1) * frameBytes);
    const whole = Math.floor(filled / frameBytes);
    for (let index = 0; index < whole; index += 1) {
      const frame = chunk.subarray(index * frameBytes, (index + 1) * frameBytes);
      sums = addWords(addWords(sums, frame.subarray(0, 8), isLittleEndian), frame.subarray(24), isLittleEndian);
      const [sum1, sum2] = sums;
      const isOfRun = frame.readUInt32BE(8) === salt1 && frame.readUInt32BE(12) === salt2;
      if (!isOfRun || frame.readUInt32BE(16) !== sum1 || frame.readUInt32BE(20) !== sum2) return;
      yield {
        number,
        page: frame.readUInt32BE(0),
        commitPages: frame.readUInt32BE(4),
        place: { salt1, salt2, frames: number, sum1, sum2 },
        content: frame.subarray(24),
      };
      number += 1;
    }
    if (whole === 0) return;
  }
}

/** The newest bytes of each page in the first `count` frames; undefined when not all of these are intact. */
export function newestFrames(file: number, count: number): ReadonlyMap<number, Buffer> | undefined {
  const header = readWalHeader(file);
  const newest = new Map<number, Buffer>();
  let intact = 0;
  for (const { number, page, content } of header === undefined ? [] : readWalFrames(file, header)) {
    if (number > count) break;
    const known = newest.get(page);
    if (known === undefined) newest.set(page, Buffer.from(content));
    else known.set(content);
    intact = number;
  }
  return intact === count ? newest : undefined;
}

export function walRunOf(file: number): WalRun {
  const header = readWalHeader(file);
  if (header === undefined) throw new Error('the write-ahead log lost its header');
  return { salt1: header.salt1, salt2: header.salt2 };
}

/** The place that the frame's own header names, unverified: one small read. Undefined when it is not there. */
export function readWalPlace(file: number, frames: number, pageBytes: number): WalPlace | undefined {
  const frame = Buffer.allocUnsafe(walFrameHeaderBytes);
  const at = walHeaderBytes + (frames - 1) * (walFrameHeaderBytes + pageBytes);
  if (readSync(file, frame, 0, frame.length, at) !== frame.length) return undefined;
  return {
    salt1: frame.readUInt32BE(8),
    salt2: frame.readUInt32BE(12),
    frames,
    sum1: frame.readUInt32BE(16),
    sum2: frame.readUInt32BE(20),
  };
}

/** Zeros over all behind the first `frames` frames: what an earlier run of the log left there. Durable at its end. */
export function overwriteFrames(file: number, frames: number, pageBytes: number): void {
  const end = fstatSync(file).size;
  const zeros = Buffer.alloc(zerosBytes);
  for (let at = walHeaderBytes + frames * (walFrameHeaderBytes + pageBytes); at < end; at += zerosBytes) {
    writeSync(file, zeros, 0, Math.min(zerosBytes, end - at), at);
  }
  fdatasyncSync(file);
}

type Sums = readonly [number, number];

function addWords([first, second]: Sums, bytes: Buffer, isLittleEndian: boolean): Sums {
  let sum1 = first;
  let sum2 = second;
  // A view costs a quarter of reading word by word; frames lie at whole words of a buffer of their own.
  if (isLittleEndian && bytes.byteOffset % 4 === 0) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let index = 0; index < words.length; index += 2) {
      sum1 = (sum1 + (words[index] ?? 0) + sum2) | 0;
      sum2 = (sum2 + (words[index + 1] ?? 0) + sum1) | 0;
    }
    return [sum1 >>> 0, sum2 >>> 0];
  }
  for (let at = 0; at < bytes.length; at += 8) {
    sum1 = (sum1 + (isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + sum2) | 0;
    sum2 = (sum2 + (isLittleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + sum1) | 0;
  }
  return [sum1 >>> 0, sum2 >>> 0];
}
