// Blobs that are encrypted twice: the contract, both keys needed, and every flipped bit found.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import { systemRandom } from '#core/random.ts';
import { BlobDamagedError, type BlobStore } from '../blob-store.ts';
import { memoryBlobStore } from '../memory/memory-store.ts';
import { blobStoreSuite } from '../suite.ts';
import { get, patternOf, put } from '../testing/bytes.ts';
import { memoryKeyRing } from '../testing/memory-key-ring.ts';
import { encryptedBlobStore } from './encrypted-store.ts';
import { twofoldBlobStore } from './twofold-store.ts';

const random = systemRandom;
const mib = 1024 * 1024;
const twiceKey = '9omaindomaindoma/blob';
const onceKey = 'domaindomaindoma/blob';
const isTwofold = (key: string): boolean => key.startsWith('9');

function open(store: BlobStore, keyRing = memoryKeyRing(random), outerKeyRing = memoryKeyRing(random)): BlobStore {
  return twofoldBlobStore({ store, keyRing, outerKeyRing, random, isTwofold });
}

blobStoreSuite('encrypted twice', async () => ({
  store: twofoldBlobStore({
    ...{ store: memoryBlobStore(manualClock(0)), random, isTwofold: () => true },
    ...{ keyRing: memoryKeyRing(random), outerKeyRing: memoryKeyRing(random) },
  }),
  dispose: async () => undefined,
}));

test('what is stored is the inner encryption, encrypted: with two headers and a tag more a segment', async () => {
  const below = memoryBlobStore(manualClock(0));
  const [keyRing, outerKeyRing] = [memoryKeyRing(random), memoryKeyRing(random)];
  const bytes = patternOf(2 * mib);
  await put(open(below, keyRing, outerKeyRing), twiceKey, bytes);
  const outer = await get(encryptedBlobStore({ store: below, keyRing: outerKeyRing, random }), twiceKey);
  assert.equal(outer.toString('latin1', 0, 8), 'SLYPORT\n');
  assert.equal(outer.length, bytes.length + 512 + 3 * 16);
  assert.equal((await below.stat(twiceKey))?.sizeBytes, outer.length + 512 + 3 * 16);
});

test('neither key alone opens a blob that needs both', async () => {
  const below = memoryBlobStore(manualClock(0));
  const [keyRing, outerKeyRing] = [memoryKeyRing(random), memoryKeyRing(random)];
  await put(open(below, keyRing, outerKeyRing), twiceKey, patternOf(5000));
  await assert.rejects(get(open(below, keyRing), twiceKey), BlobDamagedError);
  await assert.rejects(get(open(below, memoryKeyRing(random), outerKeyRing), twiceKey), BlobDamagedError);
  assert.deepEqual(await get(open(below, keyRing, outerKeyRing), twiceKey), patternOf(5000));
});

test('a refusal of the inner key is no damage', async () => {
  const below = memoryBlobStore(manualClock(0));
  const [keyRing, outerKeyRing] = [memoryKeyRing(random), memoryKeyRing(random)];
  await put(open(below, keyRing, outerKeyRing), twiceKey, patternOf(5000));
  const refusal = new DomainError('kms-unavailable', 'disabled', { kmsError: 'DisabledException' });
  const refusing = { ...keyRing, unwrapDataKey: () => Promise.reject(refusal) };
  await assert.rejects(get(open(below, refusing, outerKeyRing), twiceKey), refusal);
});

test('a flipped bit anywhere is damage', async () => {
  const below = memoryBlobStore(manualClock(0));
  const store = open(below);
  const bytes = patternOf(mib + 1000);
  await put(store, twiceKey, bytes);
  const stored = await get(below, twiceKey);
  await fc.assert(
    fc.asyncProperty(fc.nat(stored.length - 1), fc.nat(7), async (at, bit) => {
      const changed = Buffer.from(stored);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      await below.remove(twiceKey);
      await put(below, twiceKey, changed);
      await assert.rejects(get(store, twiceKey), BlobDamagedError);
    }),
    { numRuns: 40 },
  );
});

test('blobs of both kinds lie side by side, each with the size of its plaintext', async () => {
  const store = open(memoryBlobStore(manualClock(0)));
  for (const key of [twiceKey, onceKey]) await put(store, key, patternOf(mib + 7));
  const sizes = new Map((await Array.fromAsync(store.list(''))).map(({ key, sizeBytes }) => [key, sizeBytes]));
  for (const key of [twiceKey, onceKey]) assert.equal(sizes.get(key), mib + 7);
  for (const key of [twiceKey, onceKey]) assert.deepEqual(await get(store, key), patternOf(mib + 7));
});
