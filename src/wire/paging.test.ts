// A page token is good for its own listing only, and only when this site made it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKind } from '#core/errors.ts';
import { pageTokens } from './paging.ts';

const tokens = pageTokens(Buffer.alloc(32, 1));
const refused = (scope: string, token: string) =>
  assert.throws(
    () => tokens.decode(scope, token),
    (error: unknown) => isKind(error, 'invalid-next-token'),
  );

test('positions come back under their own scope', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (scope, position) =>
      assert.equal(tokens.decode(scope, tokens.encode(scope, position)), position),
    ),
  );
});

test('another scope, another site, and every changed character are refused', () => {
  const token = tokens.encode('ListImages:r', 'position');
  refused('ListImages:q', token);
  refused('ListImages:r', pageTokens(Buffer.alloc(32, 2)).encode('ListImages:r', 'position'));
  for (let index = 0; index < token.length; index += 1) {
    const changed = token[index] === 'A' ? 'B' : 'A';
    refused('ListImages:r', token.slice(0, index) + changed + token.slice(index + 1));
  }
});

test('scope and position cannot be shifted into each other', () => {
  const token = tokens.encode('a', 'bc');
  const mac = Buffer.from(token, 'base64url').subarray(0, 16);
  refused('ab', Buffer.concat([mac, Buffer.from('c')]).toString('base64url'));
  refused('', Buffer.concat([mac, Buffer.from('abc')]).toString('base64url'));
});

test('garbage is refused', () => {
  for (const token of ['', 'AAAA', '!', 'x'.repeat(5000), `${tokens.encode('s', 'p')}=`]) refused('s', token);
  fc.assert(fc.property(fc.string(), (token) => refused('s', token)));
});
