// Opened keys in memory: zeros once they are gone, whole while anybody works with them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '#core/clock.ts';
import type { MaybePromise } from '#core/operation.ts';
import { nextTurn } from '#std/next-turn.ts';
import { SecretCache } from './secret-cache.ts';

interface Secret {
  readonly bytes: Buffer;
}

const keptMs = 1000;
const whole = Buffer.alloc(32, 7);
const zeros = Buffer.alloc(32);

function setUp({ kept = keptMs, entriesMax = 10 } = {}) {
  const clock = manualClock(0);
  let version = 1;
  let isOpen = true;
  const foreignVersion = () => (isOpen ? version : assert.fail('the database is closed'));
  const here = () => undefined;
  const database = { foreignVersion, here };
  const cache = new SecretCache<Secret>({ database, clock, keptMs: kept, entriesMax, sweepMs: 1 });
  const loaded: Secret[] = [];
  const load = async (): Promise<Secret> => {
    const secret = { bytes: Buffer.from(whole) };
    loaded.push(secret);
    return secret;
  };
  return {
    cache,
    clock,
    loaded,
    load,
    commitElsewhere: () => void (version += 1),
    closeDatabase: () => void (isOpen = false),
    /** The cache's own timers: they hold no process, so the test does. */
    async untilZero(secret: Secret | undefined) {
      const hold = setInterval(() => undefined, 5);
      while (!secret?.bytes.equals(zeros)) await nextTurn();
      clearInterval(hold);
    },
  };
}

/** Each of them may be here already. */
const all = <Value>(values: ReadonlyArray<MaybePromise<Value>>) => Promise.all(values.map(async (value) => value));
const copyOf = ({ bytes }: Secret) => Buffer.from(bytes);

test('a secret is loaded once, worked with at once, and kept', async () => {
  const { cache, load, loaded } = setUp();
  assert.deepEqual(await cache.use('a', load, copyOf), whole);
  assert.deepEqual(cache.use('a', load, copyOf), whole, 'the second time nothing is waited for');
  assert.equal(loaded.length, 1);
});

test('forgotten, cleared or evicted, it is overwritten in the next turn', async () => {
  const { cache, load, loaded } = setUp({ entriesMax: 1 });
  await cache.use('a', load, copyOf);
  await cache.use('b', load, copyOf);
  await nextTurn();
  assert.deepEqual([loaded[0]?.bytes, loaded[1]?.bytes], [zeros, whole], 'b took the place of a');
  cache.forget('b');
  await nextTurn();
  assert.deepEqual(loaded[1]?.bytes, zeros);
  await cache.use('c', load, copyOf);
  cache.clear();
  await nextTurn();
  assert.deepEqual(loaded[2]?.bytes, zeros);
});

test('when its time is over it is overwritten although nobody asks for it', async () => {
  const { cache, clock, load, loaded, untilZero } = setUp();
  await cache.use('a', load, copyOf);
  clock.advance(keptMs / 2);
  await cache.use('b', load, copyOf);
  clock.advance(keptMs / 2);
  await untilZero(loaded[0]);
  assert.deepEqual(loaded[1]?.bytes, whole, 'b has half of its time left');
  clock.advance(keptMs / 2);
  await untilZero(loaded[1]);
});

test('one whose time is over is never worked with, swept or not', async () => {
  const { cache, clock, load, loaded } = setUp();
  await cache.use('a', load, copyOf);
  clock.advance(keptMs);
  assert.deepEqual(await cache.use('a', load, copyOf), whole);
  assert.equal(loaded.length, 2);
});

test('a commit of another process overwrites all, although nobody asks', async () => {
  const { cache, load, loaded, commitElsewhere, untilZero } = setUp();
  await cache.use('a', load, copyOf);
  await cache.use('b', load, copyOf);
  commitElsewhere();
  for (const secret of loaded) await untilZero(secret);
  assert.deepEqual(await cache.use('a', load, copyOf), whole);
});

test('a database that is closed guards nothing: all goes', async () => {
  const { cache, load, loaded, closeDatabase, untilZero } = setUp();
  await cache.use('a', load, copyOf);
  closeDatabase();
  await untilZero(loaded[0]);
});

test('work that has begun ends with the whole secret, and then it is overwritten', async () => {
  const { cache, load, loaded } = setUp();
  const [started, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slowly = async (secret: Secret) => {
    started.resolve();
    await goOn.promise;
    return copyOf(secret);
  };
  const [first, second] = [cache.use('a', load, slowly), cache.use('a', load, slowly)];
  await started.promise;
  cache.clear();
  await nextTurn();
  await nextTurn();
  assert.deepEqual(loaded[0]?.bytes, whole);
  goOn.resolve();
  assert.deepEqual([await first, await second], [whole, whole]);
  await nextTurn();
  assert.deepEqual(loaded[0]?.bytes, zeros);
});

test('work that fails lets go of it too', async () => {
  const { cache, load, loaded } = setUp();
  const fails = async () => Promise.reject(new Error('no'));
  await assert.rejects(async () => cache.use('a', load, fails), /no/);
  assert.throws(
    () =>
      cache.use('a', load, () => {
        throw new Error('at once');
      }),
    /at once/,
  );
  cache.clear();
  await nextTurn();
  assert.deepEqual(loaded[0]?.bytes, zeros);
});

test('whoever waits for the same load has it whole, even if it is forgotten meanwhile', async () => {
  const { cache, load, loaded } = setUp();
  const forgets = (secret: Secret) => {
    cache.clear();
    return copyOf(secret);
  };
  const uses = [cache.use('a', load, forgets), cache.use('a', load, copyOf), cache.use('a', load, copyOf)];
  assert.deepEqual(await all(uses), [whole, whole, whole]);
  const late = [cache.use('b', load, copyOf), cache.use('b', load, copyOf)];
  cache.clear();
  assert.deepEqual(await all(late), [whole, whole]);
  await nextTurn();
  assert.deepEqual(
    loaded.map(({ bytes }) => bytes),
    [zeros, zeros],
  );
});

test('with no time at all each use loads it for itself, and overwrites it', async () => {
  const { cache, load, loaded } = setUp({ kept: 0 });
  const later = async (secret: Secret) => {
    await nextTurn();
    return copyOf(secret);
  };
  const uses = [cache.use('a', load, copyOf), cache.use('a', load, later)];
  assert.deepEqual(await all(uses), [whole, whole]);
  assert.deepEqual(
    loaded.map(({ bytes }) => bytes),
    [zeros, zeros],
  );
  await assert.rejects(async () => cache.use('a', load, () => Promise.reject(new Error('no'))), /no/);
  assert.deepEqual(loaded[2]?.bytes, zeros);
});

test('closed, it has overwritten all, and keeps nothing any more', async () => {
  const { cache, load, loaded } = setUp();
  await cache.use('a', load, copyOf);
  const loading = cache.use('b', load, copyOf);
  await cache.close();
  assert.deepEqual(loaded[0]?.bytes, zeros);
  assert.deepEqual(await loading, whole);
  assert.deepEqual(await cache.use('c', load, copyOf), whole);
  await nextTurn();
  assert.deepEqual(
    loaded.map(({ bytes }) => bytes),
    [zeros, zeros, zeros],
  );
});

test('a load that fails is not kept', async () => {
  const { cache, load } = setUp();
  await assert.rejects(async () => cache.use('a', () => Promise.reject(new Error('gone')), copyOf), /gone/);
  assert.deepEqual(await cache.use('a', load, copyOf), whole);
});
