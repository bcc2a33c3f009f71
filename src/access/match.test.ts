// Wildcards: what they stand for, agreement with the plainest matcher, and the cost of hostile patterns.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePattern, matches, patternOf, wildcardCodes } from './match.ts';
import { glob } from './testing/naive-glob.ts';

const fit = (pattern: string, text: string) => matches(compilePattern(pattern), text);

const cases: ReadonlyArray<readonly [pattern: string, text: string, expected: boolean]> = [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['?', '', false],
  ['?', 'a', true],
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['abc', 'ABC', false],
  ['a*c', 'ac', true],
  ['a*c', 'abbc', true],
  ['a*c', 'abcb', false],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['*ab*ab*', 'abab', true],
  ['*ab*ab*', 'aab', false],
  ['a**b', 'a-b', true],
  ['*aab*', 'aaab', true],
  ['*ababc*', 'abababc', true],
  ['*a?ab*', 'aaaab', true],
  ['*?', '', false],
  ['*?', 'a', true],
  ['*?b*', 'b', false],
  ['*?b*', 'abc', true],
  ['arn:aws:ecr:*:repository/*', 'arn:aws:ecr:us-east-1:111122223333:repository/a/b', true],
];

for (const [pattern, text, expected] of cases) {
  test(`'${pattern}' ${expected ? 'fits' : 'does not fit'} '${text}'`, () => {
    assert.equal(fit(pattern, text), expected);
  });
}

test('literal codes are never wildcards', () => {
  const pattern = patternOf([...wildcardCodes('a*'), '*'.charCodeAt(0), '?'.charCodeAt(0)]);
  assert.equal(matches(pattern, 'axx*?'), true);
  assert.equal(matches(pattern, 'axx*y'), false);
});

test('it agrees with the naive matcher', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', 'a', 'b', '*', '?'), maxLength: 10 });
  fc.assert(
    fc.property(patterns, letters, (pattern, text) => fit(pattern, text) === glob(pattern, text)),
    { numRuns: 5000 },
  );
});

test('it finds a piece in between wherever it stands', () => {
  const [letters, open] = [fc.constantFrom('a', 'b'), fc.constantFrom('a', 'a', 'b', '?')];
  const pieces = fc.oneof(...[letters, open].map((unit) => fc.string({ unit, minLength: 2, maxLength: 6 })));
  fc.assert(
    fc.property(pieces, fc.string({ unit: letters, maxLength: 24 }), (piece, text) => {
      const places = Array.from({ length: text.length + 1 }, (_, at) => text.slice(at, at + piece.length));
      return fit(`*${piece}*`, text) === places.some((place) => glob(piece, place));
    }),
    { numRuns: 5000 },
  );
});

test('it agrees with the naive matcher on pieces longer than a machine word', () => {
  const middle = fc.array(fc.constantFrom('a', 'a', 'a', '?'), { minLength: 30, maxLength: 70 });
  fc.assert(
    fc.property(middle, fc.nat(100), fc.nat(80), fc.boolean(), (piece, before, after, isHit) => {
      const middleText = 'a'.repeat(isHit ? piece.length : piece.length - 1);
      const text = `${'b'.repeat(before)}${middleText}${'c'.repeat(after)}`;
      const body = piece.join('');
      // Without a star in the piece itself, the naive way is to try it at every place.
      const places = Array.from({ length: text.length + 1 }, (_, at) => text.slice(at, at + body.length));
      return fit(`*${body}*`, text) === places.some((place) => glob(body, place));
    }),
    { numRuns: 300 },
  );
});

/** A text that counts how often it is looked at. */
class CountingText {
  readonly length: number;
  looks = 0;
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
    this.length = text.length;
  }
  charCodeAt(index: number): number {
    this.looks += 1;
    return this.#text.charCodeAt(index);
  }
}

function looksOf(pattern: string, text: string): number {
  const counting = new CountingText(text);
  // The matcher uses nothing of a string but its length and its codes.
  matches(compilePattern(pattern), counting as unknown as string);
  return counting.looks;
}

const hostile: ReadonlyArray<
  readonly [name: string, pattern: (size: number) => string, text: (size: number) => string]
> = [
  ['many stars', (size) => `${'*a'.repeat(size)}*b`, (size) => 'a'.repeat(2 * size)],
  ['many stars with ?', (size) => `${'*?a'.repeat(size)}*b`, (size) => 'a'.repeat(4 * size)],
  ['a long piece that nearly fits', (size) => `*b${'a'.repeat(size)}*`, (size) => 'a'.repeat(4 * size)],
  ['a long piece that nearly fits at its end', (size) => `*${'a'.repeat(size)}b*`, (size) => 'a'.repeat(4 * size)],
  ['a long piece with ?', (size) => `*${'a?'.repeat(size)}b*`, (size) => 'a'.repeat(4 * size)],
  ['periodic pieces', (size) => `${'*abab'.repeat(size)}*c*`, (size) => 'ab'.repeat(4 * size)],
];

for (const [name, pattern, text] of hostile) {
  test(`hostile patterns look at each character a fixed number of times: ${name}`, () => {
    const sizes = [500, 1000, 2000];
    const [small = 0, middle = 0, large = 0] = sizes.map((size) => looksOf(pattern(size), text(size)) / size);
    assert.ok(small > 0, 'it looks at all');
    assert.ok(
      middle <= small * 1.1 && large <= small * 1.1,
      `${small}, ${middle}, ${large} looks for each unit of size`,
    );
  });
}
