// The short form of every fuzzer; `npm run test:hostile -- --long` runs each for a minute.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allFuzzers } from './all-fuzzers.ts';

for (const fuzz of allFuzzers) {
  test(fuzz.name, async () => {
    const { failure } = await fuzz.run();
    assert.equal(failure, undefined);
  });
}
