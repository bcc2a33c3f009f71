// The contract of a blob store as tests: every implementation and the encrypted decorator run all of them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { BlobNotFoundError, type BlobStore, type BlobWriter } from './blob-store.ts';
import { get, getUntilError, listed, patternOf, put } from './testing/bytes.ts';

export interface OpenedStore {
  readonly store: BlobStore;
  readonly dispose: () => Promise<void>;
}

const mebibyte = 1024 * 1024;
/** Keys begin with a key domain's id, as the encrypted store needs them to. */
const domain = 'suitesuitesuite2';

/** `open` gives an empty store; the tests share it and keep to keys of their own. */
export function blobStoreSuite(name: string, open: () => Promise<OpenedStore>): void {
  describe(name, () => {
    let opened: OpenedStore | undefined;
    const store = (): BlobStore => {
      assert.ok(opened);
      return opened.store;
    };
    before(async () => {
      opened = await open();
    });
    after(() => opened?.dispose());
    testRoundTrips(store);
    testRanges(store);
    testWriters(store);
    testNames(store);
    testListing(store);
    testConcurrency(store);
  });
}

function testRoundTrips(store: () => BlobStore): void {
  const sizes = [0, 1, 4096, mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte, 3 * mebibyte + 12_345];
  for (const size of sizes) {
    test(`${size} bytes come back as they went in`, async () => {
      const key = `${domain}/round/${size}`;
      const bytes = patternOf(size, size);
      assert.equal(await put(store(), key, bytes), size);
      assert.ok((await get(store(), key)).equals(bytes));
      const stat = await store().stat(key);
      assert.equal(stat?.key, key);
      assert.equal(stat?.sizeBytes, size);
      assert.ok(Number.isFinite(stat?.modifiedAtMs));
    });
  }

  test('however the bytes are cut into appends', async () => {
    let count = 0;
    const cuts = fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cuts, async (sizes) => {
        const key = `${domain}/cuts/${count++}`;
        const bytes = patternOf(sizes.reduce((sum, size) => sum + size, 0));
        const writer = await store().write(key);
        // One buffer for all appends: a store may not hold on to what it was given.
        const buffer = Buffer.alloc(700_000);
        let at = 0;
        for (const size of sizes) {
          bytes.copy(buffer, 0, at, at + size);
          await writer.append(buffer.subarray(0, size));
          buffer.fill(0xff);
          at += size;
        }
        assert.equal(await writer.commit(), bytes.length);
        assert.ok((await get(store(), key)).equals(bytes));
      }),
      { numRuns: 15 },
    );
  });

  test('pieces have at most 1 MiB, are never empty, and may be kept', async () => {
    const bytes = patternOf(3 * mebibyte + 5);
    await put(store(), `${domain}/pieces`, bytes);
    const pieces: Uint8Array[] = [];
    for await (const piece of store().read(`${domain}/pieces`)) pieces.push(piece);
    for (const { length } of pieces) assert.ok(length > 0 && length <= mebibyte, String(length));
    assert.ok(Buffer.concat(pieces).equals(bytes));
  });
}

function testRanges(store: () => BlobStore): void {
  const size = 2 * mebibyte + 4321;
  const key = `${domain}/ranges`;
  const bytes = patternOf(size);

  test('any range inside gives those bytes', async () => {
    await put(store(), key, bytes);
    // Positions near the boundaries are where a store errs.
    const near = fc
      .tuple(fc.constantFrom(0, mebibyte, 2 * mebibyte, size), fc.integer({ min: -600, max: 600 }))
      .map(([edge, offset]) => Math.min(size - 1, Math.max(0, edge + offset)));
    const position = fc.oneof(near, fc.integer({ min: 0, max: size - 1 }));
    await fc.assert(
      fc.asyncProperty(position, position, async (left, right) => {
        const [first, last] = [Math.min(left, right), Math.max(left, right)];
        const found = await get(store(), key, { first, last });
        assert.ok(found.equals(bytes.subarray(first, last + 1)), `${first}-${last}`);
      }),
      { numRuns: 60 },
    );
    assert.ok((await get(store(), key, { first: 0, last: size - 1 })).equals(bytes));
  });

  test('a range that is not inside is refused', async () => {
    const outside = [
      { first: 0, last: size },
      { first: size, last: size },
      { first: 5, last: 4 },
      { first: -1, last: 4 },
      { first: 0.5, last: 4 },
      { first: 0, last: Number.NaN },
    ];
    for (const range of outside) await assert.rejects(get(store(), key, range), RangeError);
    await put(store(), `${domain}/empty`, Buffer.alloc(0));
    await assert.rejects(get(store(), `${domain}/empty`, { first: 0, last: 0 }), RangeError);
  });

  test('a reader may stop early', async () => {
    for await (const piece of store().read(key)) {
      assert.ok(bytes.subarray(0, piece.length).equals(piece));
      break;
    }
    assert.ok((await get(store(), key)).equals(bytes));
  });
}

function testWriters(store: () => BlobStore): void {
  test('a blob is not there before it is committed', async () => {
    const key = `${domain}/writers/early`;
    const writer = await store().write(key);
    await writer.append(patternOf(2 * mebibyte));
    assert.equal(await store().stat(key), undefined);
    await assert.rejects(get(store(), key), BlobNotFoundError);
    assert.deepEqual(await listed(store(), `${domain}/writers`), []);
    await writer.commit();
    assert.equal((await store().stat(key))?.sizeBytes, 2 * mebibyte);
    await store().remove(key);
  });

  test('an aborted blob never was', async () => {
    for (const size of [0, 10, 2 * mebibyte]) {
      const key = `${domain}/aborted/${size}`;
      const writer = await store().write(key);
      await writer.append(patternOf(size));
      await writer.abort();
      await writer.abort();
      assert.equal(await store().stat(key), undefined);
      await assertEnded(writer);
      await put(store(), key, patternOf(7));
      assert.equal((await store().stat(key))?.sizeBytes, 7);
    }
  });

  test('abort after commit does nothing, and a writer commits once', async () => {
    const key = `${domain}/committed`;
    const writer = await store().write(key);
    await writer.append(patternOf(100));
    await writer.commit();
    await writer.abort();
    await assertEnded(writer);
    assert.ok((await get(store(), key)).equals(patternOf(100)));
  });

  test('a key is written once', async () => {
    const key = `${domain}/once`;
    await put(store(), key, patternOf(50, 1));
    await assert.rejects(put(store(), key, patternOf(60, 2)), /exists already/);
    assert.ok((await get(store(), key)).equals(patternOf(50, 1)));
    assert.deepEqual(await listed(store(), `${domain}/once`), []);
  });
}

async function assertEnded(writer: BlobWriter): Promise<void> {
  await assert.rejects(writer.append(patternOf(1)), /ended/);
  await assert.rejects(writer.commit(), /ended/);
}

function testNames(store: () => BlobStore): void {
  test('what is missing is missing', async () => {
    for (const key of [`${domain}/nothing`, `${domain}/nothing/here`]) {
      assert.equal(await store().stat(key), undefined, key);
      await assert.rejects(get(store(), key), BlobNotFoundError);
      await assert.rejects(get(store(), key, { first: 0, last: 0 }), BlobNotFoundError);
      await store().remove(key);
    }
  });

  test('removing is idempotent and frees the key', async () => {
    const key = `${domain}/removed`;
    await put(store(), key, patternOf(10, 1));
    await store().remove(key);
    await store().remove(key);
    assert.equal(await store().stat(key), undefined);
    await assert.rejects(get(store(), key), BlobNotFoundError);
    await put(store(), key, patternOf(20, 2));
    assert.ok((await get(store(), key)).equals(patternOf(20, 2)));
  });

  test('a key that is none is refused by every method', async () => {
    const names = ['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/./b', 'a/../b', 'A', 'a b', 'ä', 'a\0', 'a\\b'];
    const keys = [...names.map((one) => `${domain}/x/${one}`), ...names, `${domain}/${'x'.repeat(184)}`];
    for (const key of keys.filter((one) => one !== `${domain}/x/a`)) {
      await assert.rejects(get(store(), key), /not a blob key/, key);
      await assert.rejects(store().write(key), /not a blob key/, key);
      await assert.rejects(store().stat(key), /not a blob key/, key);
      await assert.rejects(store().remove(key), /not a blob key/, key);
      if (key !== '') await assert.rejects(() => listed(store(), key), /not a blob key/, key);
    }
    const longest = `${domain}/${'x'.repeat(183)}`;
    await put(store(), longest, patternOf(3));
    assert.ok((await get(store(), longest)).equals(patternOf(3)));
  });
}

function testListing(store: () => BlobStore): void {
  test('a prefix is whole segments', async () => {
    const sizes: Readonly<Record<string, number>> = { 'list/a/1': 10, 'list/a/2/3': 0, 'list/ab/1': 30, 'list/b': 40 };
    for (const [key, size] of Object.entries(sizes)) await put(store(), `${domain}/${key}`, patternOf(size));
    const found = async (prefix: string) =>
      (await listed(store(), `${domain}/${prefix}`)).map(({ key }) => key.slice(17));
    assert.deepEqual(await found('list'), Object.keys(sizes));
    assert.deepEqual(await found('list/a'), ['list/a/1', 'list/a/2/3']);
    assert.deepEqual(await found('list/b'), []);
    assert.deepEqual(await found('list/nothing'), []);
    const all = await listed(store(), '');
    for (const [key, sizeBytes] of Object.entries(sizes)) {
      assert.ok(
        all.some((one) => one.key === `${domain}/${key}` && one.sizeBytes === sizeBytes),
        key,
      );
    }
  });

  test('what is listed may be removed meanwhile', async () => {
    for (let index = 0; index < 20; index += 1) await put(store(), `${domain}/sweep/${index}`, patternOf(index));
    for await (const { key } of store().list(`${domain}/sweep`)) await store().remove(key);
    assert.deepEqual(await listed(store(), `${domain}/sweep`), []);
  });
}

function testConcurrency(store: () => BlobStore): void {
  test('writers of one key at once: one wins whole', async () => {
    const key = `${domain}/race`;
    const sizes = [5, 1000, mebibyte, mebibyte + 1];
    const ends = await Promise.allSettled(sizes.map((size) => put(store(), key, patternOf(size, size))));
    const winners = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    assert.equal(winners.length, 1);
    const [size = 0] = winners;
    assert.ok((await get(store(), key)).equals(patternOf(size, size)));
  });

  test('writers and readers of many keys at once', async () => {
    const one = async (index: number) => {
      const key = `${domain}/many/${index % 4}/${index}`;
      const bytes = patternOf(index * 30_011, index);
      await put(store(), key, bytes);
      assert.ok((await get(store(), key)).equals(bytes));
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => one(index)));
    assert.equal((await listed(store(), `${domain}/many`)).length, 40);
  });

  test('a reader whose blob is removed gets right bytes, perhaps too few', async () => {
    const key = `${domain}/vanishing`;
    const bytes = patternOf(3 * mebibyte);
    await put(store(), key, bytes);
    const reader = getUntilError(store(), key);
    await store().remove(key);
    const read = await reader;
    assert.ok(bytes.subarray(0, read.bytes.length).equals(read.bytes));
    if (read.error === undefined) assert.equal(read.bytes.length, bytes.length);
    assert.equal(await store().stat(key), undefined);
  });
}
