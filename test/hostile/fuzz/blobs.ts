// Fuzzes the reader of stored blobs: whatever happens to the file, a reader gets an error before it gets a wrong byte.

import fc from 'fast-check';
import { manualClock } from '../../../src/core/clock.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { BlobDamagedError } from '../../../src/stores/blobs/blob-store.ts';
import { encryptedBlobStore } from '../../../src/stores/blobs/encrypted/encrypted-store.ts';
import { memoryBlobStore } from '../../../src/stores/blobs/memory/memory-store.ts';
import { get, patternOf, put } from '../../../src/stores/blobs/testing/bytes.ts';
import { memoryKeyRing } from '../../../src/stores/blobs/testing/memory-key-ring.ts';
import { type Fuzz, fuzzer } from './fuzz.ts';

const key = 'domaindomaindoma/blob';
const mib = 1024 * 1024;
const sizes = [0, 1, 1000, mib - 1, mib, mib + 1, 2 * mib + 17];

const damage = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(40) }),
    fc.record({ kind: fc.constant('grow' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(40) }),
    fc.record({ kind: fc.constant('swap' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(3) }),
    fc.record({ kind: fc.constant('zero' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(40) }),
  ),
  { minLength: 1, maxLength: 3 },
);

type Damage = typeof damage extends fc.Arbitrary<Array<infer One>> ? One : never;

function apply(stored: Buffer, { kind, at, bit }: Damage): Buffer {
  const bytes = Buffer.from(stored);
  const index = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
  if (index < 0) return bytes;
  switch (kind) {
    case 'flip':
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
      return bytes;
    case 'cut':
      return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + bit)]);
    case 'grow':
      return Buffer.concat([bytes.subarray(0, index), Buffer.alloc(bit, 7), bytes.subarray(index)]);
    case 'zero':
      return bytes.fill(0, index, Math.min(bytes.length, index + bit));
    default: {
      const half = Math.floor(bytes.length / 2);
      return Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]);
    }
  }
}

export const blobFuzzers: readonly Fuzz[] = [
  fuzzer('blobs: damaged bytes are an error, never other bytes', 40, async () => {
    const below = memoryBlobStore(manualClock(0));
    const store = encryptedBlobStore({ store: below, keyRing: memoryKeyRing(systemRandom), random: systemRandom });
    const stored = new Map<number, { readonly plain: Buffer; readonly bytes: Buffer }>();
    for (const size of sizes) {
      const plain = patternOf(size);
      await put(store, key, plain);
      stored.set(size, { plain, bytes: await get(below, key) });
      await below.remove(key);
    }
    return fc.asyncProperty(fc.constantFrom(...sizes), damage, fc.nat(), async (size, damages, first) => {
      const { plain = Buffer.alloc(0), bytes = Buffer.alloc(0) } = stored.get(size) ?? {};
      const changed = damages.reduce(apply, bytes);
      await put(below, key, changed);
      try {
        const range = size === 0 ? undefined : { first: first % size, last: size - 1 };
        let at = range?.first ?? 0;
        for await (const piece of store.read(key, range)) {
          if (!plain.subarray(at, at + piece.length).equals(piece)) return false;
          at += piece.length;
        }
        return at === size;
      } catch (error) {
        if (error instanceof BlobDamagedError) return true;
        throw error;
      } finally {
        await below.remove(key);
      }
    });
  }),
];
