// One-time codes against the values of RFC 6238 (appendix B, SHA-1) and RFC 4648, and where codes are looked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base32, codeAt, findStep, stepAt } from './totp.ts';

const seed = Buffer.from('12345678901234567890');

test('codes are those of RFC 6238', () => {
  const known: ReadonlyArray<readonly [seconds: number, code: string]> = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ];
  for (const [seconds, code] of known) assert.equal(codeAt(seed, stepAt(seconds * 1000)), code);
});

test('seeds are spelt as RFC 4648 has it', () => {
  assert.equal(base32(Buffer.from('fooba')), 'MZXW6YTB');
  assert.equal(base32(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])), '77777777');
  assert.equal(base32(seed), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
});

test('a step is found only within its bounds, and two codes only one after the other', () => {
  const codes = (...steps: readonly number[]) => steps.map((step) => codeAt(seed, step));
  assert.equal(findStep(seed, codes(100), [99, 101]), 100);
  assert.equal(findStep(seed, codes(98), [99, 101]), undefined);
  assert.equal(findStep(seed, codes(102), [99, 101]), undefined);
  assert.equal(findStep(seed, codes(100, 101), [90, 110]), 100);
  assert.equal(findStep(seed, codes(100, 102), [90, 110]), undefined);
  assert.equal(findStep(seed, codes(101, 100), [90, 110]), undefined);
  assert.equal(findStep(seed, ['', '28708', '2870822'], [0, 3]), undefined);
});
