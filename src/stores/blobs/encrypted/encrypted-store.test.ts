// The encrypted store passes the contract over each store below it, and lets nothing of the plaintext through.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { manualClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import { systemRandom } from '#core/random.ts';
import type { BlobStore } from '../blob-store.ts';
import { openFileBlobStore } from '../file/file-store.ts';
import { memoryBlobStore } from '../memory/memory-store.ts';
import { blobStoreSuite } from '../suite.ts';
import { get, patternOf, put } from '../testing/bytes.ts';
import { memoryKeyRing } from '../testing/memory-key-ring.ts';
import { encryptedBlobStore } from './encrypted-store.ts';

const random = systemRandom;
const key = 'domaindomaindoma/blob';
const mib = 1024 * 1024;

function encrypted(store: BlobStore): BlobStore {
  return encryptedBlobStore({ store, keyRing: memoryKeyRing(random), random });
}

blobStoreSuite('encrypted memory', async () => ({
  store: encrypted(memoryBlobStore(manualClock(0))),
  dispose: async () => undefined,
}));

blobStoreSuite('encrypted file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-blobs-'));
  const store = encrypted(await openFileBlobStore({ directory, random }));
  return { store, dispose: () => rm(directory, { recursive: true }) };
});

test('nothing of the plaintext is stored, and equal blobs are stored differently', async () => {
  const below = memoryBlobStore(manualClock(0));
  const store = encrypted(below);
  const marker = Buffer.from('a marker that must not be found on the disk');
  await put(store, key, Buffer.concat([marker, patternOf(mib), marker]));
  await put(store, `${key}-2`, Buffer.concat([marker, patternOf(mib), marker]));
  const [one, two] = [await get(below, key), await get(below, `${key}-2`)];
  for (const stored of [one, two]) assert.equal(stored.indexOf(marker.subarray(0, 12)), -1);
  assert.equal(one.length, two.length);
  assert.notDeepEqual(one.subarray(-64), two.subarray(-64));
});

test('a range reads only the segments it touches', async () => {
  const below = memoryBlobStore(manualClock(0));
  let readBytes = 0;
  const counting: BlobStore = {
    ...below,
    async *read(...wanted) {
      for await (const piece of below.read(...wanted)) {
        readBytes += piece.length;
        yield piece;
      }
    },
  };
  const store = encrypted(counting);
  const bytes = patternOf(6 * mib);
  await put(store, key, bytes);
  const range = { first: 3 * mib + 5, last: 3 * mib + 14 };
  assert.deepEqual(await get(store, key, range), bytes.subarray(range.first, range.last + 1));
  assert.ok(readBytes <= mib + 512, `${readBytes} bytes were read`);
});

test('a key without a key domain is refused before anything is written', async () => {
  const below = memoryBlobStore(manualClock(0));
  for (const name of ['blob', 'short/blob', 'far-too-long-domain/blob']) {
    await assert.rejects(async () => encrypted(below).write(name), /key domain/);
  }
  assert.deepEqual(await Array.fromAsync(below.list('')), []);
});

test('a key that cannot be had now is not called damage', async () => {
  const below = memoryBlobStore(manualClock(0));
  const keyRing = memoryKeyRing(random);
  await put(encryptedBlobStore({ store: below, keyRing, random }), key, Buffer.from('secret'));
  const refusal = new DomainError('kms-unavailable', 'disabled', { kmsError: 'DisabledException' });
  const unwrapDataKey = () => Promise.reject(refusal);
  const store = encryptedBlobStore({ store: below, keyRing: { ...keyRing, unwrapDataKey }, random });
  await assert.rejects(get(store, key), refusal);
});

test('a failure below is thrown from append or commit, leaves no blob and is not lost', async () => {
  for (const failsAt of [1, 2, 3, 4, 5]) {
    const below = memoryBlobStore(manualClock(0));
    const failure = new Error(`append ${failsAt} failed`);
    let appends = 0;
    const failing: BlobStore = {
      ...below,
      async write(name) {
        const writer = await below.write(name);
        const append = async (bytes: Uint8Array) => {
          appends += 1;
          if (appends === failsAt) throw failure;
          await writer.append(bytes);
        };
        return { ...writer, append };
      },
    };
    await assert.rejects(put(encrypted(failing), key, patternOf(mib + 1)), failure);
    assert.equal(await below.stat(key), undefined);
  }
});

test('a data key is overwritten once its blob is written, given up, read, left half-read, or damaged', async () => {
  const ring = memoryKeyRing(random);
  const keys: Buffer[] = [];
  const kept = (bytes: Buffer): Buffer => {
    keys.push(bytes);
    return bytes;
  };
  const keyRing: KeyRing = {
    ...ring,
    async generateDataKey(...of) {
      const made = await ring.generateDataKey(...of);
      return { ...made, plaintext: kept(made.plaintext) };
    },
    unwrapDataKey: async (...of) => kept(await ring.unwrapDataKey(...of)),
  };
  const below = memoryBlobStore(manualClock(0));
  const store = encryptedBlobStore({ store: below, keyRing, random });
  const forgotten = () => keys.splice(0).map((bytes) => bytes.equals(Buffer.alloc(32)));
  const pattern = patternOf(3 * mib);

  const writer = await store.write(key);
  await writer.append(pattern);
  assert.equal(keys[0]?.equals(Buffer.alloc(32)), false, 'in use');
  await writer.commit();
  assert.deepEqual(forgotten(), [true]);
  const given = await store.write(`${key}-2`);
  await given.append(pattern);
  await given.abort();
  assert.deepEqual(forgotten(), [true]);
  await assert.rejects(given.append(patternOf(3 * mib)));

  assert.deepEqual(await get(store, key), pattern);
  assert.deepEqual(forgotten(), [true]);
  for await (const piece of store.read(key)) {
    assert.ok(piece.length > 0);
    break;
  }
  assert.deepEqual(forgotten(), [true]);
  const stored = await get(below, key);
  stored[stored.length - 1] = (stored[stored.length - 1] ?? 0) ^ 1;
  await below.remove(key);
  await put(below, key, stored);
  await assert.rejects(get(store, key));
  assert.deepEqual(forgotten(), [true]);
});
