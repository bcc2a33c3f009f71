// The file store keeps the contract; its names and modes; what a crash left behind; files that are open.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemRandom } from '#core/random.ts';
import { blobStoreSuite } from '../suite.ts';
import { get, patternOf, put } from '../testing/bytes.ts';
import { openFileBlobStore } from './file-store.ts';
import { type FileSystem, realFileSystem } from './file-system.ts';

const random = systemRandom;

blobStoreSuite('file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'blobs-'));
  const store = await openFileBlobStore({ directory, random });
  return { store, dispose: () => rm(directory, { recursive: true }) };
});

async function newDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'blobs-'));
  context.after(() => rm(directory, { recursive: true }));
  return join(directory, 'data/blobs');
}

/** Paths of the files below a folder. */
async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('a blob is a file of its key, for its owner only', async (context) => {
  const directory = await newDirectory(context);
  const store = await openFileBlobStore({ directory, random });
  await put(store, 'domain/ab/abcd', patternOf(300_000));
  const path = join(directory, 'objects/domain/ab/abcd');
  assert.deepEqual(await filesIn(directory), [path]);
  const modeOf = async (at: string) => (await stat(at)).mode & 0o777;
  assert.equal(await modeOf(path), 0o600);
  for (const folder of ['', 'objects', 'objects/domain', 'objects/domain/ab', 'tmp']) {
    assert.equal(await modeOf(join(directory, folder)), 0o700, folder);
  }
  assert.equal((await stat(path)).nlink, 1);
  assert.equal((await store.stat('domain/ab/abcd'))?.modifiedAtMs, (await stat(path)).mtimeMs);
});

test('blobs outlive the process that wrote them', async (context) => {
  const directory = await newDirectory(context);
  await put(await openFileBlobStore({ directory, random }), 'a/b', patternOf(1_500_000));
  const store = await openFileBlobStore({ directory, random });
  assert.ok((await get(store, 'a/b')).equals(patternOf(1_500_000)));
});

test('what a process left in tmp/ is swept when a store is opened, what is being written stays', async (context) => {
  const directory = await newDirectory(context);
  const store = await openFileBlobStore({ directory, random });
  const writer = await store.write('a/b');
  await writer.append(patternOf(1_500_000));
  const [writing = ''] = await filesIn(directory);
  const left = [
    // No process has so large an id; one like ours of an earlier life; what no version of ours has written.
    '4194304999-c0ffee/1',
    `${process.pid}-c0ffee/1`,
    'stray/1',
  ];
  const living = `${process.ppid}-c0ffee/1`;
  for (const name of [...left, living]) {
    await mkdir(join(directory, 'tmp', name, '..'), { recursive: true });
    await writeFile(join(directory, 'tmp', name), 'rest');
  }
  await writeFile(join(directory, 'tmp/file'), 'rest');
  await openFileBlobStore({ directory, random });
  const expected = [writing, join(directory, 'tmp', living)];
  assert.deepEqual((await filesIn(directory)).toSorted(), expected.toSorted());
  await writer.append(patternOf(1_500_000));
  await writer.commit();
  assert.equal((await get(store, 'a/b')).length, 3_000_000);
});

test('a folder is no blob', async (context) => {
  const directory = await newDirectory(context);
  const store = await openFileBlobStore({ directory, random });
  await put(store, 'a/b/c', patternOf(1));
  assert.equal(await store.stat('a/b'), undefined);
  await assert.rejects(get(store, 'a/b'), /no blob/);
  assert.equal(await store.stat('a/b/c/d'), undefined);
});

test('files are closed however a reader or writer ends', async (context) => {
  const { fileSystem, openFiles } = countingFileSystem();
  const store = await openFileBlobStore({ directory: await newDirectory(context), random, fileSystem });
  await put(store, 'a/b', patternOf(2_500_000));
  for await (const piece of store.read('a/b')) {
    assert.equal(openFiles(), 1);
    if (piece.length > 0) break;
  }
  assert.equal(openFiles(), 0);
  await assert.rejects(get(store, 'a/b', { first: 0, last: 2_500_000 }), RangeError);
  await assert.rejects(async () => {
    for await (const _ of store.read('a/b')) throw new Error('the consumer failed');
  }, /the consumer failed/);
  assert.equal(openFiles(), 0);
  const writer = await store.write('a/c');
  await writer.append(patternOf(100));
  assert.equal(openFiles(), 1);
  await writer.abort();
  await assert.rejects(put(store, 'a/b', patternOf(5)), /exists already/);
  assert.equal(openFiles(), 0);
});

test('a folder that was removed by hand is made again', async (context) => {
  const directory = await newDirectory(context);
  const store = await openFileBlobStore({ directory, random });
  await put(store, 'a/b', patternOf(10));
  await rm(join(directory, 'objects/a'), { recursive: true });
  await assert.rejects(put(store, 'a/c', patternOf(10)), { code: 'ENOENT' });
  await put(store, 'a/c', patternOf(10));
  assert.ok((await get(store, 'a/c')).equals(patternOf(10)));
});

function countingFileSystem() {
  let count = 0;
  const fileSystem: FileSystem = {
    ...realFileSystem,
    async openToRead(path) {
      const file = await realFileSystem.openToRead(path);
      count += 1;
      const close = () => {
        count -= 1;
        file.close();
      };
      return { ...file, close };
    },
    async create(path) {
      const file = await realFileSystem.create(path);
      count += 1;
      const close = async () => {
        count -= 1;
        await file.close();
      };
      return { ...file, close };
    },
  };
  return { fileSystem, openFiles: () => count };
}
