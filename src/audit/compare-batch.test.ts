// The differences between what a seal names and what is there, against edits that are known.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBatch } from './compare-batch.ts';

const sealed = [10, 11, 12, 13, 14];

test('each single edit is told for what it is', () => {
  assert.deepEqual(compareBatch(sealed, sealed), []);
  assert.deepEqual(compareBatch(sealed, [10, 99, 12, 13, 14]), [{ kind: 'changed', found: 1, sealed: 1 }]);
  assert.deepEqual(compareBatch(sealed, [10, 12, 13, 14]), [{ kind: 'removed', sealed: 1 }]);
  assert.deepEqual(compareBatch(sealed, [10, 11, 99, 12, 13, 14]), [{ kind: 'inserted', found: 2 }]);
  assert.deepEqual(compareBatch(sealed, [10, 11, 12, 12, 13, 14]), [{ kind: 'repeated', found: 3, sealed: 2 }]);
  assert.deepEqual(compareBatch(sealed, [14, 10, 11, 12, 13]), [{ kind: 'moved', found: 0, sealed: 4 }]);
});

test('it is empty exactly when both agree, and explains the number of lines', () => {
  const crcs = fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 12 });
  fc.assert(
    fc.property(crcs, crcs, (left, right) => {
      const differences = compareBatch(left, right);
      const same = left.length === right.length && left.every((crc, index) => crc === right[index]);
      assert.equal(differences.length === 0, same);
      const count = (kind: string): number => differences.filter((difference) => difference.kind === kind).length;
      assert.equal(right.length - left.length, count('inserted') + count('repeated') - count('removed'));
    }),
    { numRuns: 500 },
  );
});
