// A blob has its name only when its bytes and every folder above it are on the disk; a fault leaves no blob at all.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isKind } from '#core/errors.ts';
import { systemRandom } from '#core/random.ts';
import type { BlobStore } from '../blob-store.ts';
import { get, listed, patternOf, put } from '../testing/bytes.ts';
import { type FaultyFileSystem, faultyFileSystem } from '../testing/faulty-file-system.ts';
import { openFileBlobStore } from './file-store.ts';

const random = systemRandom;
const mib = 1024 * 1024;

let directory: string;
let faults: FaultyFileSystem;
let store: BlobStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'blobs-'));
  faults = faultyFileSystem(directory);
  store = await openFileBlobStore({ directory, random, fileSystem: faults.fileSystem });
  faults.calls.length = 0;
});
afterEach(() => rm(directory, { recursive: true }));

async function temporaryFiles(): Promise<number> {
  const found = await readdir(join(directory, 'tmp'), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).length;
}

test('bytes are synced before they have a name, folders before the answer', async () => {
  await put(store, 'a/b/c', patternOf(10));
  assert.deepEqual(faults.calls, [
    'create tmp/*',
    'write tmp/*',
    'sync tmp/*',
    'close tmp/*',
    'makeFolder objects/a',
    'syncFolder objects',
    'makeFolder objects/a/b',
    'syncFolder objects/a',
    'link objects/a/b/c',
    'syncFolder objects/a/b',
    'unlink tmp/*',
  ]);
});

test('nobody is answered before the folder that another writer is making is durable', async () => {
  const hold = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let isHolding = false;
  const syncFolder = async (path: string) => {
    if (isHolding && path.endsWith('objects')) {
      reached.resolve();
      await hold.promise;
    }
    await faults.fileSystem.syncFolder(path);
  };
  const slow = await openFileBlobStore({ directory, random, fileSystem: { ...faults.fileSystem, syncFolder } });
  isHolding = true;
  const answered: string[] = [];
  const writes = ['a/1', 'a/2'].map((key) => put(slow, key, patternOf(10)).then(() => answered.push(key)));
  await reached.promise;
  // A whole write elsewhere in between: the two had time enough to be answered, had they not waited.
  isHolding = false;
  await put(store, 'b/1', patternOf(10));
  assert.deepEqual(answered, []);
  hold.resolve();
  await Promise.all(writes);
  assert.equal(faults.calls.filter((call) => call === 'makeFolder objects/a').length, 1);
});

test('a folder that another process made is synced once more, and then known', async () => {
  await put(store, 'a/1', patternOf(1));
  const other = faultyFileSystem(directory);
  const second = await openFileBlobStore({ directory, random, fileSystem: other.fileSystem });
  other.calls.length = 0;
  await put(second, 'a/2', patternOf(1));
  const syncAt = other.calls.indexOf('syncFolder objects');
  assert.ok(syncAt !== -1 && syncAt < other.calls.indexOf('link objects/a/2'), other.calls.join('\n'));
  other.calls.length = 0;
  await put(second, 'a/3', patternOf(1));
  assert.ok(!other.calls.includes('syncFolder objects'), other.calls.join('\n'));
});

for (const code of ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE']) {
  for (const call of ['create', 'write', 'sync', 'close', 'makeFolder', 'link', 'syncFolder']) {
    test(`${code} from ${call} is storage-unavailable with its cause, leaves no blob, and passes`, async () => {
      faults.fail(call, code);
      const writer = await store.write('a/b').catch((error: unknown) => error as Error);
      const writing = async () => {
        if (writer instanceof Error) throw writer;
        await writer.append(patternOf(700_000));
        await writer.commit();
      };
      await assert.rejects(writing(), (error) => {
        assert.ok(isKind(error, 'storage-unavailable'), String(error));
        assert.equal((error.cause as NodeJS.ErrnoException).code, code);
        assert.ok(!error.message.includes(code));
        return true;
      });
      if (!(writer instanceof Error)) await writer.abort();
      faults.fail(undefined);
      assert.deepEqual(await listed(store, ''), []);
      assert.deepEqual([faults.openFiles(), await temporaryFiles()], [0, 0]);
      await put(store, 'a/b', patternOf(3));
      assert.ok((await get(store, 'a/b')).equals(patternOf(3)));
    });
  }
}

test('when the name itself cannot be made durable it is taken back', async () => {
  await put(store, 'a/first', patternOf(1));
  // The folder is known by now: the only folder that is synced is the one that holds the new name.
  faults.fail('syncFolder');
  await assert.rejects(put(store, 'a/b', patternOf(10)), (error) => isKind(error, 'storage-unavailable'));
  faults.fail(undefined);
  assert.equal(await store.stat('a/b'), undefined);
  await put(store, 'a/b', patternOf(20));
  assert.ok((await get(store, 'a/b')).equals(patternOf(20)));
});

test('after a failed write a writer takes nothing more and does not commit', async () => {
  const writer = await store.write('a/b');
  faults.fail('write', 'ENOSPC');
  await assert.rejects(writer.append(patternOf(700_000)));
  faults.fail(undefined);
  await assert.rejects(writer.append(patternOf(700_000)), /has failed/);
  await assert.rejects(writer.commit(), /has failed/);
  await writer.abort();
  assert.equal(await store.stat('a/b'), undefined);
  assert.deepEqual([faults.openFiles(), await temporaryFiles()], [0, 0]);
});

test('a fault while reading, asking, listing or removing is storage-unavailable, not a missing blob', async () => {
  await put(store, 'a/b', patternOf(2 * mib));
  const unavailable = (error: unknown) => isKind(error, 'storage-unavailable');
  for (const call of ['openToRead', 'read']) {
    faults.fail(call, 'EMFILE');
    await assert.rejects(get(store, 'a/b'), unavailable);
  }
  faults.fail('stat');
  await assert.rejects(store.stat('a/b'), unavailable);
  await assert.rejects(listed(store, ''), unavailable);
  faults.fail('list');
  await assert.rejects(listed(store, ''), unavailable);
  faults.fail('unlink', 'EROFS');
  await assert.rejects(store.remove('a/b'), unavailable);
  faults.fail(undefined);
  assert.equal(faults.openFiles(), 0);
  assert.ok((await get(store, 'a/b')).equals(patternOf(2 * mib)));
});

test('a folder that was removed by hand is made again', async () => {
  await put(store, 'a/b', patternOf(10));
  await rm(join(directory, 'objects/a'), { recursive: true });
  await assert.rejects(put(store, 'a/c', patternOf(10)), { code: 'ENOENT' });
  await put(store, 'a/c', patternOf(10));
  assert.ok((await get(store, 'a/c')).equals(patternOf(10)));
});
