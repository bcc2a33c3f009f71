// What is released, and what must not be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseBuffer } from './release-buffer.ts';

test('a large buffer is empty afterwards, whatever part of it was shown', () => {
  const whole = Buffer.alloc(1024 * 1024);
  const shown = whole.subarray(10, 900_000);
  releaseBuffer(shown);
  assert.equal(whole.length, 0);
  assert.equal(whole.buffer.detached, true);
  releaseBuffer(shown);
});

test('small buffers are left alone: they may share their memory with others', () => {
  const [small, neighbour] = [Buffer.from('small'), Buffer.from('neighbour')];
  releaseBuffer(small);
  assert.deepEqual([small.toString(), neighbour.toString()], ['small', 'neighbour']);
  const shared = new Uint8Array(new SharedArrayBuffer(1024 * 1024));
  releaseBuffer(shared);
  assert.equal(shared.length, 1024 * 1024);
});
