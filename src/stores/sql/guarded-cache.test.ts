// A guarded cache never keeps what was read before a change.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuardedCache } from './guarded-cache.ts';
import { openSqlite } from './sqlite/open.ts';

function setUp(): { cache: GuardedCache<{ text: string }>; commitElsewhere: () => void } {
  let version = 1;
  const database = { foreignVersion: () => version, here: () => undefined };
  const cache = new GuardedCache<{ text: string }>(database, { entriesMax: 2 });
  return { cache, commitElsewhere: () => (version += 1) };
}

const load = (text: string) => async () => ({ text });

test('a value is loaded once and is then the identical object, without waiting', async () => {
  const { cache } = setUp();
  const value = await cache.read('a', load('one'));
  assert.equal(cache.read('a', load('two')), value);
});

test('loads of one key at the same time are one', async () => {
  const { cache } = setUp();
  const [first, second] = [cache.read('a', load('one')), cache.read('a', load('two'))];
  assert.equal(await first, await second);
});

test('what was being read while the key was forgotten is answered but not kept', async () => {
  const { cache } = setUp();
  const old = cache.read('a', load('old'));
  cache.forget('a');
  const young = cache.read('a', load('new'));
  assert.deepEqual([await old, await young], [{ text: 'old' }, { text: 'new' }]);
  assert.deepEqual(cache.get('a'), { text: 'new' });
});

test('a commit of another process empties it, reads under way included', async () => {
  const { cache, commitElsewhere } = setUp();
  await cache.read('a', load('old'));
  const reading = cache.read('b', load('old'));
  commitElsewhere();
  assert.equal(cache.get('a'), undefined);
  await reading;
  assert.equal(cache.get('b'), undefined);
});

test('what was kept before it was emptied is missed, and comes back only when it is loaded again', async () => {
  const { cache, commitElsewhere } = setUp();
  await cache.read('a', load('one'));
  await cache.read('b', load('old'));
  commitElsewhere();
  assert.deepEqual([cache.get('a'), cache.get('b')], [undefined, undefined]);
  assert.deepEqual(await cache.read('a', load('two')), { text: 'two' });
  assert.equal(cache.get('b'), undefined);
  cache.clear();
  assert.equal(cache.get('a'), undefined);
});

test('a failure is thrown to all who wait and is not kept', async () => {
  const { cache } = setUp();
  const fail = () => Promise.reject(new Error('no'));
  const both = [cache.read('a', fail), cache.read('a', fail)];
  for (const read of both) await assert.rejects(async () => read, /no/);
  assert.deepEqual(await cache.read('a', load('yes')), { text: 'yes' });
});

test('whatever leaves it, or was loaded and not kept, is told of once', async () => {
  let version = 1;
  const dropped: string[] = [];
  const cache = new GuardedCache<{ text: string }>(
    { foreignVersion: () => version, here: () => undefined },
    { entriesMax: 2, dropped: ({ text }) => dropped.push(text) },
  );
  for (const key of ['evicted', 'forgotten', 'old', 'changed elsewhere']) {
    if (key === 'old') cache.forget('forgotten');
    await cache.read(key, load(key));
  }
  assert.deepEqual(dropped, ['forgotten', 'evicted']);
  assert.equal(
    cache.sweep(({ text }) => text === 'old'),
    true,
  );
  version += 1;
  assert.equal(cache.refresh(), false);
  const reading = cache.read('cleared', load('not kept'));
  cache.clear();
  await reading;
  assert.deepEqual(dropped, ['forgotten', 'evicted', 'old', 'changed elsewhere', 'not kept']);
  await cache.read('cleared', load('cleared'));
  cache.clear();
  assert.equal(dropped.at(-1), 'cleared');
  assert.equal(dropped.length, 6);
});

test('it holds no more than its bounds', async () => {
  const { cache } = setUp();
  for (const key of ['a', 'b', 'c']) await cache.read(key, load(key));
  assert.equal(cache.get('a'), undefined);
  const bySize = new GuardedCache<{ text: string }>(
    { foreignVersion: () => 1, here: () => undefined },
    { entriesMax: 10, size: { sumMax: 5, sizeOf: (value) => value.text.length } },
  );
  for (const key of ['abc', 'def', 'too long']) await bySize.read(key, load(key));
  assert.deepEqual(
    [bySize.get('abc'), bySize.get('def'), bySize.get('too long')],
    [undefined, { text: 'def' }, undefined],
  );
});

test('inside a transaction nobody waits for a read outside it, which waits for the transaction', async () => {
  const database = await openSqlite({ file: ':memory:', migrations: [] });
  const cache = new GuardedCache<{ text: string }>(database, { entriesMax: 2 });
  const isInside = Promise.withResolvers<void>();
  const mayGoOn = Promise.withResolvers<void>();
  const written = database.transact(async () => {
    isInside.resolve();
    await mayGoOn.promise;
    return cache.read('a', load('inside'));
  });
  await isInside.promise;
  // The one connection is taken: this read ends after the transaction.
  const outside = cache.read('a', async () => {
    await database.transact(async () => undefined);
    return { text: 'outside' };
  });
  mayGoOn.resolve();
  assert.deepEqual([await written, await outside], [{ text: 'inside' }, { text: 'outside' }]);
  await database.close();
});

test('what is read inside a transaction is for it alone: others do not wait for it, and it is not kept', async () => {
  const database = await openSqlite({ file: ':memory:', migrations: [] });
  const dropped: string[] = [];
  const bounds = { entriesMax: 2, dropped: ({ text }: { text: string }) => void dropped.push(text) };
  const cache = new GuardedCache<{ text: string }>(database, bounds);
  const undone = database.transact(async () => {
    assert.deepEqual(await cache.read('a', load('undone')), { text: 'undone' });
    throw new Error('rolled back');
  });
  await assert.rejects(undone, /rolled back/);
  assert.deepEqual([cache.get('a'), dropped], [undefined, ['undone']]);
  assert.deepEqual(await cache.read('a', load('as it is')), { text: 'as it is' });
  await database.close();
});
