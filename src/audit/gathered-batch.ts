// A batch of the audit log while it gathers: encoded, summed and authenticated line by line, so that hardly anything is
// left to do when it is sealed. Sealing dozens of lines in one go would keep every caller waiting meanwhile.

import type { Hmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ChainHead } from '#core/ports/audit-sink.ts';
import { batchMac, macText, signedText } from './chain.ts';

/** The seal as bytes follows the lines: a batch is one piece of memory from its first line to its last byte. */
export interface SealedBatch {
  readonly bytes: Uint8Array;
  readonly head: ChainHead;
}

/** Large enough for what usually comes together; other batches grow. */
const usualBytes = 320 * 1024;
/** The MAC takes lines together: a call costs as much as a few kilobytes. */
const macStepBytes = 8 * 1024;

export class GatheredBatch {
  readonly #mac: Hmac;
  /** Of each line, with commas between. */
  #crcList = '';
  #lines = 0;
  #bytes: Buffer;
  #lengthBytes = 0;
  #macBytes = 0;

  /** `memory` is what an earlier batch left. */
  constructor(macKey: Buffer, memory: Buffer = Buffer.allocUnsafeSlow(usualBytes)) {
    this.#mac = batchMac(macKey);
    this.#bytes = memory;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** What the batch lies in, for the next one once nobody reads this one any more; undefined when it has grown. */
  get memory(): Buffer | undefined {
    return this.#bytes.length === usualBytes ? this.#bytes : undefined;
  }

  /** What was added between these positions; it is there until the batch's memory serves another one. */
  bytes(startBytes: number, endBytes: number): Uint8Array {
    return this.#bytes.subarray(startBytes, endBytes);
  }

  /** Takes a line (with its line feed) of so many bytes. */
  add(line: string | Uint8Array, sizeBytes: number): void {
    const start = this.#write(line, sizeBytes);
    const crc = crc32(this.#bytes.subarray(start, this.#lengthBytes));
    this.#crcList += this.#lines === 0 ? crc : `,${crc}`;
    this.#lines += 1;
    if (this.#lengthBytes - this.#macBytes >= macStepBytes) this.#authenticate();
  }

  /** Ends the batch behind `head`. No lines is allowed; nothing can be added after it. */
  seal(head: ChainHead): SealedBatch {
    const sequence = head.sequence + this.#lines;
    this.#writeAscii(signedText(head.sequence + 1, this.#lines, this.#crcList, head.mac));
    this.#authenticate();
    const mac = this.#mac.digest('hex');
    this.#writeAscii(macText(mac));
    return { bytes: this.#bytes.subarray(0, this.#lengthBytes), head: { sequence, mac } };
  }

  #writeAscii(text: string): void {
    this.#write(text, text.length);
  }

  /** Where it begins. */
  #write(added: string | Uint8Array, sizeBytes: number): number {
    const start = this.#lengthBytes;
    if (start + sizeBytes > this.#bytes.length) this.#grow(start + sizeBytes);
    if (typeof added === 'string') this.#bytes.write(added, start);
    else this.#bytes.set(added, start);
    this.#lengthBytes = start + sizeBytes;
    return start;
  }

  #grow(bytesMin: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(bytesMin, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#lengthBytes);
    this.#bytes = larger;
  }

  #authenticate(): void {
    this.#mac.update(this.#bytes.subarray(this.#macBytes, this.#lengthBytes));
    this.#macBytes = this.#lengthBytes;
  }
}
