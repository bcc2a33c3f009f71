// Range and Content-Range: every form of RFC 9110 that is served, and what is refused or ignored.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readContentRange, readRange } from './range.ts';

describe('readRange', () => {
  test('first and last, open end, suffix', () => {
    assert.deepEqual(readRange('bytes=0-9', 100), { first: 0, last: 9 });
    assert.deepEqual(readRange('bytes=90-', 100), { first: 90, last: 99 });
    assert.deepEqual(readRange('bytes=-10', 100), { first: 90, last: 99 });
    assert.deepEqual(readRange('bytes=-1000', 100), { first: 0, last: 99 });
    assert.deepEqual(readRange('bytes=50-1000', 100), { first: 50, last: 99 });
  });

  test('what lies beyond the end is unsatisfiable, and so is anything of nothing', () => {
    assert.equal(readRange('bytes=100-', 100), 'unsatisfiable');
    assert.equal(readRange('bytes=-0', 100), 'unsatisfiable');
    assert.equal(readRange('bytes=0-', 0), 'unsatisfiable');
  });

  test('no header, other units, several ranges and nonsense mean the whole', () => {
    for (const header of [undefined, 'items=0-1', 'bytes=0-1,4-5', 'bytes=', 'bytes=-', 'bytes=9-1', 'bytes=a-b']) {
      assert.equal(readRange(header, 100), 'whole', `${header}`);
    }
  });

  test('a satisfiable range always lies inside', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
    );
    fc.assert(
      fc.property(header, fc.nat(), (text, size) => {
        const range = readRange(text, size);
        if (typeof range === 'string') return;
        assert.ok(0 <= range.first && range.first <= range.last && range.last < size);
      }),
    );
  });
});

test('readContentRange takes the forms that clients send and refuses the rest', () => {
  assert.equal(readContentRange(undefined), undefined);
  assert.deepEqual(readContentRange('0-99'), { first: 0, last: 99 });
  assert.deepEqual(readContentRange('bytes 5-9/*'), { first: 5, last: 9 });
  assert.deepEqual(readContentRange('bytes=5-9/10'), { first: 5, last: 9 });
  for (const header of ['', '-', '9-5', '0-', 'a-b', '0-9-10', `0-${'9'.repeat(40)}`]) {
    assert.equal(readContentRange(header), 'malformed', header);
  }
});
