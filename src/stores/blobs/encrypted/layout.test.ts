// Sizes and positions agree with each other, and with docs/design/blob-format.md, for every size.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { capacityOf, layoutOf, segmentOf, startOf } from './layout.ts';

const mib = 1024 * 1024;
/** ECR's largest layer. */
const plainBytesMax = 52_000 * mib;
const sizes = fc.oneof(fc.integer({ min: 0, max: 4 * mib }), fc.integer({ min: 0, max: plainBytesMax }));

test('the plaintext size comes back from the stored size', () => {
  fc.assert(
    fc.property(sizes, (plainBytes) => {
      const segments = Math.max(1, Math.ceil((plainBytes + 512) / 1_048_560));
      assert.deepEqual(layoutOf(plainBytes + 512 + 16 * segments), { segments, plainBytes });
    }),
  );
});

test('a stored size that no blob has is none', () => {
  for (const stored of [0, 1, 16, 511, 512, 527, mib + 1, mib + 16, 2 * mib + 16]) {
    assert.equal(layoutOf(stored), undefined, String(stored));
  }
  assert.deepEqual(layoutOf(528), { segments: 1, plainBytes: 0 });
  assert.deepEqual(layoutOf(mib), { segments: 1, plainBytes: mib - 528 });
  assert.deepEqual(layoutOf(mib + 17), { segments: 2, plainBytes: mib - 527 });
});

test('every position is in the segment whose bytes hold it', () => {
  fc.assert(
    fc.property(sizes, (position) => {
      const index = segmentOf(position);
      const start = startOf(index);
      assert.ok(start <= position && position < start + capacityOf(index));
      assert.equal(startOf(index + 1), start + capacityOf(index));
    }),
  );
});
