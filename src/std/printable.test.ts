// Whatever stands in a text, it is one line that a terminal only shows, and JSON stays what it was.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable, printableJson, printableLines } from './printable.ts';

const moving = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

test('no control, no line break and no mark of direction is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), moving);
      assert.doesNotMatch(printableJson({ [text]: [text] }), moving);
      assert.deepEqual(JSON.parse(printableJson([text])), [text]);
    }),
  );
  for (let code = 0; code <= 0x20ff; code += 1) assert.doesNotMatch(printable(String.fromCharCode(code)), moving);
});

test('text without such signs stays as it is', () => {
  assert.equal(printable('Grüße, 你好: "a\\b"'), 'Grüße, 你好: "a\\b"');
  assert.equal(printable('a\n\u001b[2J\u009b'), 'a\\n\\u001b[2J\\u009b');
  assert.equal(printableJson(undefined), 'null');
  assert.equal(printableLines('a\n\tb\r\u001b[2J\u202e'), 'a\n\tb\\r\\u001b[2J\\u202e');
});
