// Delays double and end; addresses that one party has are one source.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growingDelayMs, sourceOf } from './growing-delay.ts';

test('the first failures are free, then each doubles the delay up to its end', () => {
  const patience = { free: 3, delayMsMin: 100, delayMsMax: 1000 };
  const delays = [0, 2, 3, 4, 5, 6, 7, 5000].map((failures) => growingDelayMs(failures, patience));
  assert.deepEqual(delays, [0, 0, 100, 200, 400, 800, 1000, 1000]);
});

test('an IPv6 network of 64 bits is one source, however its addresses are spelt', () => {
  assert.equal(sourceOf('2001:db8:0:1::1'), sourceOf('2001:0DB8:0:1:ffff:ffff:ffff:ffff'));
  assert.notEqual(sourceOf('2001:db8:0:1::1'), sourceOf('2001:db8:0:2::1'));
  assert.equal(sourceOf('::ffff:192.0.2.1'), sourceOf('192.0.2.1'));
  assert.notEqual(sourceOf('192.0.2.1'), sourceOf('192.0.2.2'));
  assert.equal(sourceOf('not:an:address'), 'not:an:address');
});
