// The strict reader agrees with JSON.parse on what both accept, and refuses what it must.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';

const options = { depthMax: 32 };

function refusal(text: string): StrictJsonError {
  try {
    parseStrictJson(text, options);
  } catch (error) {
    assert.ok(error instanceof StrictJsonError);
    return error;
  }
  throw new assert.AssertionError({ message: `accepted ${text}` });
}

test('what JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      assert.deepEqual(parseStrictJson(text, options), JSON.parse(text));
    }),
  );
});

test('any text is either refused with a place, or read as JSON.parse reads it', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u0041"',
    '"\\x"',
    '1',
    '-0',
    '01',
    '1e999',
    'true',
    'nul',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
      ),
      (text) => {
        let value: unknown;
        try {
          value = parseStrictJson(text, options);
        } catch (error) {
          assert.ok(error instanceof StrictJsonError);
          assert.ok(error.line >= 1 && error.column >= 1);
          return;
        }
        assert.deepEqual(value, JSON.parse(text));
      },
    ),
    { numRuns: 2000 },
  );
});

test('duplicate members are refused, spelt the same or by escapes', () => {
  assert.match(refusal('{"a":1,"a":2}').message, /"a" is there twice at line 1, column 8/);
  assert.match(refusal('{"a":1,\n "\\u0061":2}').message, /"a" is there twice at line 2, column 2/);
  assert.match(refusal('{"__proto__":1,"__proto__":2}').message, /twice/);
});

test('__proto__ is a member like any other', () => {
  const value = parseStrictJson('{"__proto__":{"polluted":true}}', options) as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.keys(value), ['__proto__']);
  assert.equal(value['polluted'], undefined);
});

test('nesting is refused past the limit, however long it goes on', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.doesNotThrow(() => parseStrictJson(nested(32), options));
  assert.match(refusal(nested(33)).message, /deeper than 32 at line 1, column 33/);
  assert.match(refusal('{"a":'.repeat(1_000_000)).message, /deeper/);
});

test('trailing text, bad numbers, bad strings and half values are refused', () => {
  const bad = [
    '',
    ' ',
    '{} x',
    '1 2',
    '01',
    '.5',
    '1.',
    '+1',
    'NaN',
    '1e999',
    '"\n"',
    '"\\x"',
    '"',
    '"\\',
    '[1,]',
    '{"a":1,}',
  ];
  const more = [
    '{a:1}',
    "'a'",
    '[1 2]',
    '{"a" 1}',
    'tru',
    'undefined',
    '\ufeff{}',
    '// x\n1',
    '"\\u12"',
    '[',
    '{',
    '{"a":',
  ];
  for (const text of [...bad, ...more]) refusal(text);
});
