// The strict reader agrees with JSON.parse on good input and refuses what hides in bad input, in linear time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DomainError } from '#core/errors.ts';
import { parseStrictJson } from './strict-json.ts';

const bytes = (text: string) => Buffer.from(text, 'utf8');
const refused = (input: Buffer | string, reason: RegExp) =>
  assert.throws(
    () => parseStrictJson(typeof input === 'string' ? bytes(input) : input),
    (error: unknown) =>
      error instanceof DomainError && error.kind === 'malformed-request' && reason.test(error.message),
  );

test('agrees with JSON.parse on what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(parseStrictJson(bytes(text)), JSON.parse(text));
    }),
  );
});

test('never throws anything but malformed-request', () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', '"', '\\', '\\"', ':', ',', 'a', ' ', '1', 'null', '\\u0061');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const text = parts.join('');
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        refused(text, /./);
        return;
      }
      try {
        assert.deepEqual(parseStrictJson(bytes(text)), expected);
      } catch (error) {
        assert.ok(error instanceof DomainError && /twice/.test(error.message), text);
      }
    }),
    { numRuns: 500 },
  );
});

test('refuses a member that stands twice, however it is written', () => {
  refused('{"a":1,"a":2}', /twice/);
  refused('{"a":1,"\\u0061":2}', /twice/);
  refused('{"x":[{"b":1, "b" :2}]}', /twice/);
  assert.deepEqual(parseStrictJson(bytes('[{"a":1},{"a":"a"}]')), [{ a: 1 }, { a: 'a' }]);
});

test('refuses deep nesting, broken UTF-8, trailing text and a byte order mark', () => {
  refused('['.repeat(33), /deeper than 32/);
  refused(`${'['.repeat(33)}${']'.repeat(33)}`, /deeper than 32/);
  refused(Buffer.from([0x22, 0xc3, 0x22]), /UTF-8/);
  refused('{} {}', /not valid JSON/);
  refused('\ufeff{}', /not valid JSON/);
});

test('a member called __proto__ is data', () => {
  const value = parseStrictJson(bytes('{"__proto__":{"a":1}}'));
  assert.ok(Object.hasOwn(value as object, '__proto__'));
  assert.equal((value as { a?: number }).a, undefined);
});

test('hostile megabytes cost one walk', () => {
  const size = 4 * 1024 * 1024;
  refused(`"${'\\\\'.repeat(size)}`, /not valid JSON/);
  refused('"a\\n"'.repeat(size / 8), /not valid JSON/);
  refused(`{${'"a"   '.repeat(size / 8)}`, /not valid JSON/);
  refused('"'.repeat(size), /not valid JSON/);
});
