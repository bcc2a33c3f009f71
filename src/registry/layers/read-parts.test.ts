// A range over parts is the same bytes as that range of the whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '#core/clock.ts';
import { BlobNotFoundError, type BlobStore } from '#stores/blobs/blob-store.ts';
import { memoryBlobStore } from '#stores/blobs/memory/memory-store.ts';
import { readAll } from '../testing/test-layers.ts';
import { type Part, partRanges, readParts } from './read-parts.ts';

async function store(blobs: BlobStore, contents: readonly Uint8Array[]): Promise<readonly Part[]> {
  const parts: Part[] = [];
  for (const [index, bytes] of contents.entries()) {
    const writer = await blobs.write(`domain/${index}`);
    await writer.append(bytes);
    parts.push({ key: `domain/${index}`, sizeBytes: await writer.commit() });
  }
  return parts;
}

const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });

test('any range of any parts is that range of the whole', async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.nat(), fc.nat(), async (pieces, one, other) => {
      const whole = Buffer.concat(pieces);
      const [first = 0, last = 0] = [one % whole.length, other % whole.length].toSorted((left, right) => left - right);
      const blobs = memoryBlobStore(manualClock(0));
      const parts = await store(blobs, pieces);
      assert.deepEqual(await readAll(readParts(blobs, parts, { first, last })), whole.subarray(first, last + 1));
      assert.deepEqual(await readAll(readParts(blobs, parts)), whole);
    }),
  );
});

test('only the parts that the range touches are read, whole ones without a range', () => {
  const parts = ['a', 'b', 'c', 'd'].map((key) => ({ key, sizeBytes: 10 }));
  const [a, b, c] = parts;
  assert.deepEqual(partRanges(parts, { first: 5, last: 24 }), [
    { part: a, range: { first: 5, last: 9 } },
    { part: b, range: undefined },
    { part: c, range: { first: 0, last: 4 } },
  ]);
});

test('a range that is not inside is refused, and no parts are no bytes', async () => {
  const blobs = memoryBlobStore(manualClock(0));
  const parts = await store(blobs, [Buffer.from('abc'), Buffer.from('de')]);
  await assert.rejects(readAll(readParts(blobs, parts, { first: 3, last: 5 })), RangeError);
  await assert.rejects(readAll(readParts(blobs, parts, { first: -1, last: 2 })), RangeError);
  await assert.rejects(readAll(readParts(blobs, [], { first: 0, last: 0 })), RangeError);
  assert.equal((await readAll(readParts(blobs, []))).length, 0);
});

test('a missing part breaks the reading instead of shortening it', async () => {
  const blobs = memoryBlobStore(manualClock(0));
  const parts = await store(blobs, [Buffer.from('abc'), Buffer.from('de'), Buffer.from('f')]);
  await blobs.remove('domain/1');
  await assert.rejects(readAll(readParts(blobs, parts)), BlobNotFoundError);
});
