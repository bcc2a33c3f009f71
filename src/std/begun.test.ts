// Begun streams: a first failure comes early, everything else comes in order, and an unread one is let go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begun, endUnread } from './begun.ts';

async function collect(stream: AsyncIterable<number>): Promise<readonly number[]> {
  const pieces: number[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

test('every piece comes once, in order, also of an empty stream', async () => {
  const source = async function* (count: number) {
    for (let piece = 0; piece < count; piece += 1) yield piece;
  };
  assert.deepEqual(await collect(await begun(source(3))), [0, 1, 2]);
  assert.deepEqual(await collect(await begun(source(0))), []);
});

test('a failure of the first piece rejects at once, one of a later piece where it comes', async () => {
  const failing = async function* (good: number) {
    for (let piece = 0; piece < good; piece += 1) yield piece;
    throw new Error('damaged');
  };
  await assert.rejects(begun(failing(0)), /damaged/);
  await assert.rejects(collect(await begun(failing(1))), /damaged/);
});

test('a reader that stops, and a reply that nobody reads, end the source', async () => {
  let ends = 0;
  const source = async function* () {
    try {
      for (let piece = 0; ; piece += 1) yield piece;
    } finally {
      ends += 1;
    }
  };
  for await (const piece of await begun(source())) if (piece === 2) break;
  assert.equal(ends, 1);
  await endUnread({ status: 200, body: await begun(source()) });
  assert.equal(ends, 2);
  for (const reply of [undefined, {}, { body: 'text' }, { body: Buffer.alloc(1) }]) await endUnread(reply);
});
