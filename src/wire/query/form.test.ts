// Form parameters become a tree, and hostile ones a refusal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKind } from '#core/errors.ts';
import { parseForm, valueOf } from './form.ts';

const refused = (text: string) =>
  assert.throws(
    () => parseForm(text),
    (error: unknown) => isKind(error, 'malformed-request'),
    text.slice(0, 80),
  );

test('any names without dots and any values come back', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('.'));
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: 'grapheme' })), (values) => {
      const form = parseForm(new URLSearchParams(values).toString());
      for (const [key, value] of Object.entries(values)) assert.equal(valueOf(form, key), value.toWellFormed());
    }),
  );
});

test('dots build the tree; empty pairs mean nothing', () => {
  const form = parseForm('&Tags.member.1.Key=a%20b+c&&Tags.member.1.Value=&Flag&');
  const first = form.children.get('Tags')?.children.get('member')?.children.get('1');
  assert.equal(first?.children.get('Key')?.value, 'a b c');
  assert.equal(first?.children.get('Value')?.value, '');
  assert.equal(valueOf(form, 'Flag'), '');
});

test('names of Object.prototype are only names', () => {
  const form = parseForm('__proto__.polluted=1&constructor=2');
  assert.equal(valueOf(form, 'constructor'), '2');
  assert.equal(({} as { polluted?: string }).polluted, undefined);
});

test('refuses bad escapes, repeats, value and structure at once, and endless input', () => {
  for (const text of ['a=%', 'a=%zz', 'a=%ff', 'a=1&a=2', 'a=1&a.b=2', 'a.b=1&a=2']) refused(text);
  refused(`${'a.'.repeat(40)}b=1`);
  refused(Array.from({ length: 2001 }, (_, index) => `p${index}=1`).join('&'));
  refused(`${'.'.repeat(1_000_000)}=1`);
});
