// A fuzzer: a property that must hold for whatever comes, short in `npm test`, for a minute in the long form.

import { inspect } from 'node:util';
import fc from 'fast-check';

export interface Fuzz {
  readonly name: string;
  /** For `ms`, or as often as the short form has time for. */
  run(ms?: number): Promise<FuzzResult>;
}

export interface FuzzResult {
  readonly runs: number;
  /** What failed, with the seed that shows it again. */
  readonly failure: string | undefined;
}

type Property<Values> = fc.IRawProperty<Values>;

/** `open` makes the property, with whatever it needs; `runs` is how often the short form tries it. */
export function fuzzer<Values>(
  name: string,
  runs: number,
  open: () => Property<Values> | Promise<Property<Values>>,
): Fuzz {
  return {
    name,
    async run(ms) {
      const long = { numRuns: 1_000_000_000, interruptAfterTimeLimit: ms ?? 0, markInterruptAsFailure: false };
      const details = await fc.check(await open(), ms === undefined ? { numRuns: runs } : long);
      if (!details.failed) return { runs: details.numRuns, failure: undefined };
      const failure = `${fc.defaultReportMessage(details)}\n${inspect(details.errorInstance)}`;
      return { runs: details.numRuns, failure };
    },
  };
}

/** A text with some of its characters replaced, removed or inserted. */
export function damaged(texts: fc.Arbitrary<string>, signs: string): fc.Arbitrary<string> {
  const sign = fc.constantFrom(...signs.split(''));
  const cut = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(3),
    insert: fc.array(sign, { maxLength: 3 }),
  });
  return fc.tuple(texts, fc.array(cut, { maxLength: 4 })).map(([text, cuts]) =>
    cuts.reduce((whole, { at, remove, insert }) => {
      const start = Math.floor(at * whole.length);
      return whole.slice(0, start) + insert.join('') + whole.slice(start + remove);
    }, text),
  );
}
