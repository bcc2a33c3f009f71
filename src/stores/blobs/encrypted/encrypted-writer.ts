// Collects plaintext to whole segments, seals each, and lets the disk write one while the next is being filled.

import type { BlobWriter } from '../blob-store.ts';
import { type Header, sealSegment, segmentBytes } from './format.ts';

/** `inner` has taken nothing yet; the header goes first. */
export function encryptedWriter(inner: BlobWriter, header: Header, dataKey: Buffer): BlobWriter {
  const writer = new EncryptedWriter(inner, header, dataKey);
  return {
    append: (bytes) => writer.append(bytes),
    commit: () => writer.commit(),
    abort: () => writer.abort(),
  };
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
  /** The write under way: at most one, while the next segment is filled and sealed. */
  #writing: Promise<void>;

  constructor(inner: BlobWriter, header: Header, dataKey: Buffer) {
    this.#inner = inner;
    this.#header = header;
    this.#dataKey = dataKey;
    this.#writing = this.#start(inner.append(header.bytes));
  }

  async append(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) {
      // A full segment is sealed only when more follows: only then is it known not to be the last.
      if (this.#filled === segmentBytes) await this.#flush(false);
      const count = Math.min(bytes.length - at, segmentBytes - this.#filled);
      this.#reserve(this.#filled + count);
      this.#segment.set(at === 0 && count === bytes.length ? bytes : bytes.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
    }
    this.#totalBytes += bytes.length;
  }

  async commit(): Promise<number> {
    await this.#flush(true);
    await this.#writing;
    await this.#inner.commit();
    return this.#totalBytes;
  }

  async abort(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#inner.abort();
  }

  async #flush(isLast: boolean): Promise<void> {
    const place = { header: this.#header, index: this.#index, isLast };
    const { ciphertext, tag } = sealSegment(this.#dataKey, place, this.#segment.subarray(0, this.#filled));
    this.#index += 1;
    this.#filled = 0;
    await this.#writing;
    this.#writing = this.#start(this.#write(ciphertext, tag));
  }

  async #write(ciphertext: Buffer, tag: Buffer): Promise<void> {
    await this.#inner.append(ciphertext);
    await this.#inner.append(tag);
  }

  /** A failure is thrown where the write is awaited, not as an unhandled rejection before. */
  #start(writing: Promise<void>): Promise<void> {
    writing.catch(() => undefined);
    return writing;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#segment.length) return;
    const size = bytes <= 64 * 1024 ? 64 * 1024 : segmentBytes;
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(this.#segment.subarray(0, this.#filled));
    this.#segment = larger;
  }
}
