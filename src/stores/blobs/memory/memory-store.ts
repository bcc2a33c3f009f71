// A blob store in memory: the double for tests, held to the same contract as the real ones.

import type { Clock } from '#core/clock.ts';
import { assertBlobKey, assertBlobPrefix, blobExists } from '../blob-key.ts';
import { BlobNotFoundError, type BlobStat, type BlobStore, type BlobWriter } from '../blob-store.ts';
import { resolveRange } from '../byte-range.ts';

interface Stored {
  readonly bytes: Buffer;
  readonly modifiedAtMs: number;
}

const pieceBytes = 1024 * 1024;

export function memoryBlobStore(clock: Clock): BlobStore {
  const blobs = new Map<string, Stored>();
  const statOf = (key: string, stored: Stored): BlobStat => ({
    key,
    sizeBytes: stored.bytes.length,
    modifiedAtMs: stored.modifiedAtMs,
  });
  return {
    async *read(key, range) {
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
        if (blobs.has(key)) throw blobExists(key);
        blobs.set(key, { bytes, modifiedAtMs: clock.nowMs() });
      });
    },
    async stat(key) {
      assertBlobKey(key);
      const stored = blobs.get(key);
      return stored && statOf(key, stored);
    },
    async *list(prefix) {
      assertBlobPrefix(prefix);
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
  const requireOpen = () => {
    if (pieces === undefined) throw new Error('the writer has ended');
    return pieces;
  };
  return {
    async append(bytes) {
      requireOpen().push(Buffer.from(bytes));
    },
    async commit() {
      const bytes = Buffer.concat(requireOpen());
      pieces = undefined;
      store(bytes);
      return bytes.length;
    },
    async abort() {
      pieces = undefined;
    },
  };
}
