// Fuzzes the readers of JSON and of forms beside JSON.parse and URLSearchParams: never more lenient, never different.

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { isKind } from '../../../src/core/errors.ts';
import { parseStrictJson as parseText, StrictJsonError } from '../../../src/std/strict-json.ts';
import { parseStrictJson as parseBody } from '../../../src/wire/json/strict-json.ts';
import { type FormNode, parseForm } from '../../../src/wire/query/form.ts';
import { damaged, type Fuzz, fuzzer } from './fuzz.ts';

type Outcome = { readonly value: unknown } | 'refused';

function outcome(read: () => unknown, isRefusal: (error: unknown) => boolean): Outcome {
  try {
    return { value: read() };
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw error;
  }
}

const readers: ReadonlyArray<(text: string) => Outcome> = [
  (text) =>
    outcome(
      () => parseBody(Buffer.from(text)),
      (error) => isKind(error, 'malformed-request'),
    ),
  (text) =>
    outcome(
      () => parseText(text, { depthMax: 32 }),
      (error) => error instanceof StrictJsonError,
    ),
];

const json = fc.json({ depthSize: 'medium' });
const hostile = fc.oneof(
  damaged(json, '{}[]",:\\u0/ \n\t-+.eE1\u0000tfn\ufeff'),
  fc.string({ unit: fc.constantFrom(...'{}[]",:\\u01 tfnaelrs-.eE'.split('')), maxLength: 40 }),
  damaged(fc.constant('{"a":{"a":1,"b":[{"c":2},{"c":3}]},"a":2}'), 'abc\\u0061"'),
);

function builtIn(text: string): Outcome {
  return outcome(
    () => JSON.parse(text),
    (error) => error instanceof SyntaxError,
  );
}

const doubled = fc.tuple(fc.string(), fc.jsonValue(), fc.jsonValue(), fc.nat(3));

/** The same name once as it is and once with its first sign escaped. */
function twice(name: string, one: unknown, other: unknown, depth: number): string {
  const plain = JSON.stringify(name);
  const code = name.charCodeAt(0);
  const escaped =
    name === '' ? plain : `"\\u${code.toString(16).padStart(4, '0')}${JSON.stringify(name.slice(1)).slice(1)}`;
  const object = `{${plain}:${JSON.stringify(one)},${escaped}:${JSON.stringify(other)}}`;
  return `${'{"x":['.repeat(depth)}${object}${']}'.repeat(depth)}`;
}

function flat(node: FormNode, prefix?: string): ReadonlyArray<readonly [string, string]> {
  const own = node.value === undefined ? [] : [[prefix ?? '', node.value] as const];
  const children = [...node.children].flatMap(([name, child]) =>
    flat(child, prefix === undefined ? name : `${prefix}.${name}`),
  );
  return [...own, ...children];
}

const word = fc.string({ unit: fc.constantFrom(...'abcAB019é &=+%~'.split('')), minLength: 1, maxLength: 8 });

export const readerFuzzers: readonly Fuzz[] = [
  fuzzer('JSON readers: what they accept is what JSON.parse reads', 500, () =>
    fc.property(hostile, (text) => {
      const wanted = builtIn(text.isWellFormed() ? text : text.toWellFormed());
      return readers.every((read) => {
        const found = read(text.toWellFormed());
        return found === 'refused' || (wanted !== 'refused' && isDeepStrictEqual(found.value, wanted.value));
      });
    }),
  ),
  fuzzer('JSON readers: good JSON is accepted', 300, () =>
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, null, indent).toWellFormed();
      return readers.every((read) => isDeepStrictEqual(read(text), { value: JSON.parse(text) }));
    }),
  ),
  fuzzer('JSON readers: a member twice is refused, however it is spelt', 300, () =>
    fc.property(doubled, ([name, one, other, depth]) => {
      fc.pre(name.isWellFormed());
      const text = twice(name, one, other, depth);
      return readers.every((read) => read(text) === 'refused');
    }),
  ),
  fuzzer('forms: what is accepted is what URLSearchParams reads', 500, () =>
    fc.property(fc.dictionary(word, word, { maxKeys: 6, noNullPrototype: true }), (pairs) => {
      const found = parseForm(new URLSearchParams(pairs).toString());
      const wanted = Object.entries(pairs).map(([name, value]) => [name, value]);
      return isDeepStrictEqual(
        new Map(flat(found).map(([n, v]) => [n, v])),
        new Map(wanted as Array<[string, string]>),
      );
    }),
  ),
  fuzzer('forms: whatever comes, the answer is a tree or a refusal', 800, () =>
    fc.property(fc.string({ unit: fc.constantFrom(...'ab.=&%01fF+;é'.split('')), maxLength: 60 }), (text) => {
      const found = outcome(
        () => parseForm(text),
        (error) => isKind(error, 'malformed-request'),
      );
      if (found === 'refused') return true;
      const wanted = [...new URLSearchParams(text)];
      const names = new Set(wanted.map(([name]) => name));
      return (
        names.size === wanted.length &&
        flat(found.value as FormNode).every(([name, value]) =>
          wanted.some(([other, text_]) => other === name && text_ === value),
        )
      );
    }),
  ),
];
