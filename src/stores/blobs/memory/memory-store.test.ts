// The memory store keeps the contract, and its times are the clock's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, systemClock } from '#core/clock.ts';
import { blobStoreSuite } from '../suite.ts';
import { patternOf, put } from '../testing/bytes.ts';
import { memoryBlobStore } from './memory-store.ts';

blobStoreSuite('memory', async () => ({ store: memoryBlobStore(systemClock), dispose: async () => undefined }));

test('a blob is as old as the clock says', async () => {
  const clock = manualClock(1000);
  const store = memoryBlobStore(clock);
  const writer = await store.write('a/b');
  clock.advance(500);
  await writer.commit();
  clock.advance(500);
  assert.equal((await store.stat('a/b'))?.modifiedAtMs, 1500);
  await put(store, 'a/c', patternOf(1));
  assert.equal((await store.stat('a/c'))?.modifiedAtMs, 2000);
});
