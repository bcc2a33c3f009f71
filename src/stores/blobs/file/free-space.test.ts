// The room that is kept free: how much of a large disk and of a small one, noticed within a blob and between two.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { systemRandom } from '#core/random.ts';
import { get, listed, patternOf, put } from '../testing/bytes.ts';
import { openFileBlobStore } from './file-store.ts';
import { realFileSystem } from './file-system.ts';

const mib = 1024 * 1024;
const gib = 1024 * mib;

for (const [name, totalBytes, floorBytes] of [
  ['large', 100 * gib, limits.freeSpaceBytesMin],
  ['small', 100 * mib, 10 * mib],
] as const) {
  test(`a ${name} disk takes no blob beyond its floor, and takes them again once there is room`, async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'blobs-'));
    context.after(() => rm(directory, { recursive: true }));
    let freeBytes = floorBytes + 5 * mib;
    const space = async () => ({ freeBytes, totalBytes });
    const fileSystem = { ...realFileSystem, space };
    const store = await openFileBlobStore({ directory, random: systemRandom, fileSystem });
    await put(store, 'a/1', patternOf(4 * mib));
    const nearlyFull = (error: unknown) => isKind(error, 'storage-unavailable') && /nearly full/.test(error.message);
    // Others write meanwhile: it is noticed before the blob has used up what was there when it began.
    const writer = await store.write('a/2');
    freeBytes = floorBytes - 1;
    const writeOn = async () => {
      for (let count = 0; count < 5; count += 1) await writer.append(patternOf(mib));
    };
    await assert.rejects(writeOn(), nearlyFull);
    await writer.abort();
    await assert.rejects(put(store, 'a/3', patternOf(1)), nearlyFull);
    assert.equal((await get(store, 'a/1')).length, 4 * mib);
    freeBytes = floorBytes + 5 * mib;
    await put(store, 'a/3', patternOf(1));
    assert.deepEqual(
      (await listed(store, '')).map(({ key }) => key),
      ['a/1', 'a/3'],
    );
  });
}
