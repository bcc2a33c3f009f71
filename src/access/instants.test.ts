// Dates as policies write them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseInstant } from './instants.ts';

const noonMs = Date.UTC(2026, 1, 28, 12, 0, 0);

const cases: ReadonlyArray<readonly [text: string, expected: number | undefined]> = [
  ['2026-02-28T12:00:00Z', noonMs],
  ['2026-02-28T12:00:00.250Z', noonMs + 250],
  ['2026-02-28T12:00Z', noonMs],
  ['2026-02-28T14:00:00+02:00', noonMs],
  ['2026-02-28T07:30:00-0430', noonMs],
  ['2026-02-28T12:00:00', noonMs],
  ['2026-02-28', Date.UTC(2026, 1, 28)],
  ['2026-02', Date.UTC(2026, 1, 1)],
  ['2026', Date.UTC(2026, 0, 1)],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['1772280000', noonMs],
  ['1772280000.5', noonMs + 500],
  ['-1', -1000],
  ['2026-02-29', undefined],
  ['2026-13-01', undefined],
  ['2026-00-01', undefined],
  ['2026-02-28T24:00:00Z', undefined],
  ['2026-02-28T12:60:00Z', undefined],
  ['2026-02-28 12:00:00Z', undefined],
  ['28 Feb 2026', undefined],
  ['tomorrow', undefined],
  ['', undefined],
];

for (const [text, expected] of cases) {
  test(`'${text}' is ${expected ?? 'no instant'}`, () => assert.equal(parseInstant(text), expected));
}

test('what a date prints as ISO is read as that date', () => {
  const dates = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });
  fc.assert(fc.property(dates, (date) => parseInstant(date.toISOString()) === date.getTime()));
});
