// Collects bytes to segments and seals them; while one is written the next is filled and sealed.

import { releaseBuffer } from '#std/release-buffer.ts';
import type { BlobWriter } from '../blob-store.ts';
import type { Header } from './header.ts';
import { capacityOf, storedSegmentBytes } from './layout.ts';
import { sealSegment } from './segments.ts';

const smallBytes = 64 * 1024;
const taken = Promise.resolve();

/** `inner` has taken nothing yet; the header goes first. The data key is overwritten at the end. */
export function encryptedWriter(inner: BlobWriter, header: Header, dataKey: Buffer): BlobWriter {
  return new EncryptedWriter(inner, header, dataKey);
}

class EncryptedWriter implements BlobWriter {
  readonly #inner: BlobWriter;
  readonly #header: Header;
  readonly #dataKey: Buffer;
  /** Grown to a whole segment only when that many bytes come: small blobs stay small in memory. */
  #segment = Buffer.alloc(0);
  #filled = 0;
  #index = 0;
  #totalBytes = 0;
  #ended = false;
  #isForgotten = false;
  /** The write under way: at most one, while the next segment is filled and sealed. */
  #writing: Promise<void>;

  constructor(inner: BlobWriter, header: Header, dataKey: Buffer) {
    this.#inner = inner;
    this.#header = header;
    this.#dataKey = dataKey;
    this.#writing = heldBack(inner.append(header.bytes));
  }

  append(bytes: Uint8Array): Promise<void> {
    if (this.#ended) return Promise.reject(new Error('the writer has ended'));
    // Of sixteen pieces that a socket gives, fifteen only fill the segment: nothing is waited for.
    if (bytes.length > capacityOf(this.#index) - this.#filled) return this.#appendOver(bytes);
    this.#fill(bytes);
    return taken;
  }

  /** More than the segment under way has room for. */
  async #appendOver(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) {
      const capacity = capacityOf(this.#index);
      // A full segment is sealed only when more follows: only then is it known not to be the last.
      if (this.#filled === capacity) {
        await this.#seal(false);
        continue;
      }
      const count = Math.min(bytes.length - at, capacity - this.#filled);
      this.#fill(bytes.subarray(at, at + count));
      at += count;
    }
  }

  #fill(bytes: Uint8Array): void {
    this.#reserve(this.#filled + bytes.length);
    this.#segment.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.#totalBytes += bytes.length;
  }

  async commit(): Promise<number> {
    if (this.#ended) throw new Error('the writer has ended');
    this.#ended = true;
    try {
      await this.#seal(true);
    } finally {
      this.#forgetKey();
    }
    await this.#writing;
    await this.#inner.commit();
    return this.#totalBytes;
  }

  async abort(): Promise<void> {
    this.#ended = true;
    this.#forgetKey();
    await this.#writing.catch(() => undefined);
    await this.#inner.abort();
  }

  /** Nothing is sealed after it, not even by an append that is under way. */
  #forgetKey(): void {
    this.#isForgotten = true;
    this.#dataKey.fill(0);
  }

  async #seal(isLast: boolean): Promise<void> {
    if (this.#isForgotten) throw new Error('the writer has ended');
    const place = { header: this.#header, index: this.#index, isLast };
    const { ciphertext, tag } = sealSegment(this.#dataKey, place, this.#segment.subarray(0, this.#filled));
    this.#index += 1;
    this.#filled = 0;
    await this.#writing;
    this.#writing = heldBack(this.#write(ciphertext, tag));
  }

  async #write(ciphertext: Buffer, tag: Buffer): Promise<void> {
    await this.#inner.append(ciphertext);
    releaseBuffer(ciphertext);
    await this.#inner.append(tag);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#segment.length) return;
    const larger = Buffer.allocUnsafeSlow(bytes <= smallBytes ? smallBytes : storedSegmentBytes);
    larger.set(this.#segment.subarray(0, this.#filled));
    this.#segment = larger;
  }
}

/** A failure is thrown where the write is awaited, not as an unhandled rejection before. */
function heldBack(writing: Promise<void>): Promise<void> {
  writing.catch(() => undefined);
  return writing;
}
