// Domain keys that customers' keys have opened: there while they are good, zeros afterwards.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '#core/clock.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { openDomains } from './opened-domains.ts';

const domain = '8aaaaaaaaaaaaaaa' as KeyDomainId;
const zeros = Buffer.alloc(32);
const key = () => Buffer.alloc(32, 7);
const useMs = 60_000;

test('a key is there for its time and the uses admitted by then, and is overwritten although nobody asks', async () => {
  const clock = manualClock(0);
  const opened = openDomains(clock);
  const bytes = key();
  opened.put(domain, bytes, 1000);
  clock.advance(1000 + useMs - 1);
  assert.equal(opened.keyOf(domain).bytes, bytes);
  clock.advance(1);
  assert.equal(opened.has(domain), false);
  assert.throws(() => opened.keyOf(domain), { kind: 'kms-unavailable' });
  // Its own timer holds no process, so the test does.
  const hold = setInterval(() => undefined, 5);
  while (!bytes.equals(zeros)) await new Promise((resolve) => setImmediate(resolve));
  clearInterval(hold);
});

test('dropped, replaced or closed, it is overwritten at once', () => {
  const opened = openDomains(manualClock(0));
  const keys = [key(), key(), key()] as const;
  opened.put(domain, keys[0], 1000);
  opened.put(domain, keys[1], 1000);
  assert.deepEqual([keys[0], keys[1]], [zeros, key()]);
  opened.drop(domain);
  assert.deepEqual(keys[1], zeros);
  opened.put(domain, keys[2], 1000);
  opened.close();
  assert.deepEqual(keys[2], zeros);
  assert.equal(opened.has(domain), false);
});
