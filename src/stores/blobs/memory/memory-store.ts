// A blob store in memory: the double for tests, held to the same contract as the real ones.

import type { Clock } from '#core/clock.ts';
import {
  assertBlobKey,
  BlobNotFoundError,
  type BlobStat,
  type BlobStore,
  type BlobWriter,
  defaultPieceBytes,
  resolveRange,
} from '../blob-store.ts';

interface Stored {
  readonly bytes: Buffer;
  readonly modifiedAtMs: number;
}

export function memoryBlobStore(clock: Clock): BlobStore {
  const blobs = new Map<string, Stored>();
  const statOf = (key: string, { bytes, modifiedAtMs }: Stored): BlobStat => ({
    key,
    sizeBytes: bytes.length,
    modifiedAtMs,
  });
  return {
    async *read(key, range, pieceBytes = defaultPieceBytes) {
      assertBlobKey(key);
      const stored = blobs.get(key);
      if (stored === undefined) throw new BlobNotFoundError(key);
      const { first, last } = resolveRange(range, stored.bytes.length);
      for (let at = first; at <= last; at += pieceBytes) {
        yield Buffer.from(stored.bytes.subarray(at, Math.min(at + pieceBytes, last + 1)));
      }
    },
    async write(key) {
      assertBlobKey(key);
      return memoryWriter((bytes) => {
        if (blobs.has(key)) throw new Error(`the blob ${key} exists already`);
        blobs.set(key, { bytes, modifiedAtMs: clock.nowMs() });
      });
    },
    async stat(key) {
      assertBlobKey(key);
      const stored = blobs.get(key);
      return stored && statOf(key, stored);
    },
    async *list(prefix) {
      for (const [key, stored] of [...blobs]) {
        if (prefix === '' || key.startsWith(`${prefix}/`)) yield statOf(key, stored);
      }
    },
    async remove(key) {
      assertBlobKey(key);
      blobs.delete(key);
    },
    capabilities: () => ({ durable: false, persistent: false }),
  };
}

function memoryWriter(store: (bytes: Buffer) => void): BlobWriter {
  let pieces: Buffer[] | undefined = [];
  return {
    async append(bytes) {
      if (pieces === undefined) throw new Error('the writer has ended');
      pieces.push(Buffer.from(bytes));
    },
    async commit() {
      if (pieces === undefined) throw new Error('the writer has ended');
      const bytes = Buffer.concat(pieces);
      pieces = undefined;
      store(bytes);
      return bytes.length;
    },
    async abort() {
      pieces = undefined;
    },
  };
}
