// The generated reference is what the tables say today.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleDocs } from '../scripts/generate-docs.ts';

test('docs/reference is not stale (npm run docs)', async () => {
  assert.deepEqual(await staleDocs(), []);
});
