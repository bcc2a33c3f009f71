// Whatever is done to stored bytes, a reader gets an error before it gets one wrong byte.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { BlobDamagedError, type BlobStore, type ByteRange } from '../blob-store.ts';
import { memoryBlobStore } from '../memory/memory-store.ts';
import { get, patternOf, put } from '../testing/bytes.ts';
import { memoryKeyRing } from '../testing/memory-key-ring.ts';
import { encryptedBlobStore } from './encrypted-store.ts';

const mib = 1024 * 1024;
const key = 'domaindomaindoma/blob';
const otherKey = 'domaindomaindoma/other';
const foreignKey = 'otherotherothero/blob';
const segmentBytes = mib;
const plain = patternOf(2 * mib + 1000);

const below = memoryBlobStore(manualClock(0));
const store = encryptedBlobStore({ store: below, keyRing: memoryKeyRing(systemRandom), random: systemRandom });

/** Puts bytes in the place of what is stored. */
async function replace(name: string, bytes: Buffer): Promise<void> {
  await below.remove(name);
  await put(below, name, bytes);
}

/** Reads to the end or the error: what came before it must be right, and there must be one. */
async function assertDamaged(source: BlobStore, name: string, expected: Buffer, range?: ByteRange): Promise<void> {
  let at = range?.first ?? 0;
  const reading = async () => {
    for await (const piece of source.read(name, range)) {
      assert.ok(expected.subarray(at, at + piece.length).equals(piece), `wrong bytes at ${at}`);
      at += piece.length;
    }
  };
  await assert.rejects(reading(), BlobDamagedError);
}

async function assertRefused(stored: Buffer, expected = plain): Promise<void> {
  await replace(key, stored);
  await assertDamaged(store, key, expected);
}

describe('a blob of three segments', () => {
  let stored: Buffer;
  before(async () => {
    await put(store, key, plain);
    stored = await get(below, key);
  });
  const segment = (index: number) => stored.subarray(index * segmentBytes, (index + 1) * segmentBytes);

  test('the bytes under test are good ones', async () => {
    await replace(key, stored);
    assert.ok((await get(store, key)).equals(plain));
  });

  test('any flipped bit', async () => {
    const flips = fc.tuple(fc.nat(stored.length - 1), fc.nat(7));
    await fc.assert(
      fc.asyncProperty(flips, async ([at, bit]) => {
        const changed = Buffer.from(stored);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        await assertRefused(changed);
      }),
      { numRuns: 60 },
    );
  });

  test('cut at any length, at the ends of segments above all', async () => {
    const ends = [0, 1, 511, 512, 527, 528, mib - 1, mib, mib + 1, mib + 16, mib + 17, 2 * mib, stored.length - 1];
    for (const length of ends) await assertRefused(stored.subarray(0, length));
    const lengths = fc.nat(stored.length - 1);
    await fc.assert(
      fc.asyncProperty(lengths, (length) => assertRefused(stored.subarray(0, length))),
      { numRuns: 40 },
    );
  });

  test('bytes, a segment or the whole blob once more at its end', async () => {
    for (const count of [1, 16, 17, 528]) await assertRefused(Buffer.concat([stored, Buffer.alloc(count)]));
    for (const index of [0, 1, 2]) await assertRefused(Buffer.concat([stored, segment(index)]));
    await assertRefused(Buffer.concat([stored, stored]));
  });

  test('segments in another order, twice, or left out', async () => {
    const orders = [[1, 0, 2], [0, 2, 1], [2, 1, 0], [0, 1, 1, 2], [0, 0, 1, 2], [0, 2], [1, 2], [0, 1], [0], [2]];
    for (const order of orders) await assertRefused(Buffer.concat(order.map(segment)));
  });

  test('bytes before it or gone from its beginning', async () => {
    await assertRefused(Buffer.concat([Buffer.alloc(1), stored]));
    for (const count of [1, 16, 512, mib]) await assertRefused(stored.subarray(count));
  });

  test('a range never gives wrong bytes, whichever segment is damaged', async () => {
    const places = fc.tuple(fc.nat(stored.length - 1), fc.nat(plain.length - 1), fc.nat(3000));
    await fc.assert(
      fc.asyncProperty(places, async ([at, first, length]) => {
        const changed = Buffer.from(stored);
        changed[at] = (changed[at] ?? 0) ^ 1;
        await replace(key, changed);
        const range = { first, last: Math.min(first + length, plain.length - 1) };
        try {
          const read = await get(store, key, range);
          assert.ok(read.equals(plain.subarray(range.first, range.last + 1)));
        } catch (error) {
          assert.ok(error instanceof BlobDamagedError, String(error));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a range at the end of a blob that was cut is damage, not a range beyond the end', async () => {
    for (const length of [mib, mib + 5000, 2 * mib]) {
      await replace(key, stored.subarray(0, length));
      await assertDamaged(store, key, plain, { first: plain.length - 10, last: plain.length - 1 });
    }
  });
});

describe('two blobs', () => {
  test('one in the place of another, of the same or another domain', async () => {
    for (const name of [otherKey, foreignKey]) {
      await below.remove(key);
      await put(store, key, patternOf(5000));
      await put(store, name, Buffer.alloc(5000, 1));
      const [mine, theirs] = [await get(below, key), await get(below, name)];
      await replace(key, theirs);
      await replace(name, mine);
      await assertDamaged(store, key, patternOf(5000));
      await assertDamaged(store, name, Buffer.alloc(5000, 1));
    }
  });

  test('the header or a segment of one in the other', async () => {
    await below.remove(key);
    await below.remove(otherKey);
    await put(store, key, plain);
    await put(store, otherKey, Buffer.alloc(plain.length, 1));
    const [mine, theirs] = [await get(below, key), await get(below, otherKey)];
    await assertRefused(Buffer.concat([theirs.subarray(0, 512), mine.subarray(512)]));
    for (const index of [0, 1, 2]) {
      const from = index * segmentBytes;
      const mixed = Buffer.from(mine);
      theirs.copy(mixed, from, from, from + segmentBytes);
      await assertRefused(mixed);
    }
  });

  test('an empty blob is authenticated too', async () => {
    await below.remove(key);
    await put(store, key, Buffer.alloc(0));
    const stored = await get(below, key);
    assert.equal(stored.length, 528);
    for (let at = 0; at < stored.length; at += 1) {
      const changed = Buffer.from(stored);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assertRefused(changed, Buffer.alloc(0));
    }
    await assertRefused(Buffer.alloc(0), Buffer.alloc(0));
  });
});
