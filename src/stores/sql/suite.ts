// The contract of `Database`, run against every engine: nothing in here may know which one it is.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Kysely } from 'kysely';
import { nextTurn } from '#std/next-turn.ts';
import type { Database, Migration } from './database.ts';

export interface DatabaseHarness {
  /** Opens the one database of this test; called again it is another process over the same data. */
  readonly open: (migrations: readonly Migration[]) => Promise<Database>;
  readonly dispose: () => Promise<void>;
}

interface Tables {
  readonly item: { readonly name: string; readonly count: number; readonly bytes: Uint8Array | null };
  readonly part: { readonly item_name: string; readonly number: number };
}

const items: Migration = {
  name: '0001-items',
  async up(database) {
    await database.schema
      .createTable('item')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'blob')
      .execute();
  },
};

const parts: Migration = {
  name: '0002-parts',
  async up(database) {
    await database.schema
      .createTable('part')
      .addColumn('item_name', 'text', (column) => column.notNull().references('item.name').onDelete('cascade'))
      .addColumn('number', 'integer', (column) => column.notNull())
      .execute();
  },
};

const both = [items, parts];

/** Registers the tests; `start` makes an empty database for each. */
export function databaseSuite(engine: string, start: () => Promise<DatabaseHarness>): void {
  describe(`${engine}: the contract of a database`, () => {
    let harness: DatabaseHarness;
    const opened: Database[] = [];
    beforeEach(async () => {
      harness = await start();
    });
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.close();
      await harness.dispose();
    });
    async function open(migrations: readonly Migration[] = both): Promise<Database> {
      const database = await harness.open(migrations);
      opened.push(database);
      return database;
    }
    testValues(open);
    testTransactions(open);
    testProcesses(open);
    testMigrations(open);
  });
}

type Open = (migrations?: readonly Migration[]) => Promise<Database>;

function testValues(open: Open): void {
  test('numbers to 2^53-1, text in byte order and bytes come back as they were', async () => {
    const tables = (await open()).tables<Tables>();
    const bytes = Uint8Array.from([0, 255, 128]);
    const count = Number.MAX_SAFE_INTEGER;
    await tables
      .insertInto('item')
      .values([item('b', 1), item('a', 2), item('B', 3), item('_', 4)])
      .execute();
    await tables.insertInto('item').values({ name: 'ü', count, bytes }).execute();
    const rows = await tables.selectFrom('item').selectAll().orderBy('name').execute();
    assert.deepEqual(
      rows.map((row) => row.name),
      ['B', '_', 'a', 'b', 'ü'],
    );
    assert.equal(rows[4]?.count, count);
    assert.deepEqual(Uint8Array.from(rows[4]?.bytes ?? []), bytes);
  });

  test('a removed row takes along what refers to it, and a reference to nothing is refused', async () => {
    const tables = (await open()).tables<Tables>();
    await tables.insertInto('item').values(item('a', 1)).execute();
    await tables.insertInto('part').values({ item_name: 'a', number: 1 }).execute();
    await assert.rejects(tables.insertInto('part').values({ item_name: 'b', number: 1 }).execute());
    await tables.deleteFrom('item').where('name', '=', 'a').execute();
    assert.deepEqual(await tables.selectFrom('part').selectAll().execute(), []);
  });
}

function testTransactions(open: Open): void {
  test('what throws is rolled back and rethrown, and the next transaction goes on', async () => {
    const database = await open();
    const failure = new Error('stop');
    const failed = database.transact<Tables, void>(async (transaction) => {
      await transaction.insertInto('item').values(item('a', 1)).execute();
      throw failure;
    });
    await assert.rejects(failed, failure);
    assert.equal(await countOf(database.tables<Tables>(), 'a'), undefined);
    await database.transact<Tables, void>(async (transaction) => {
      await transaction.insertInto('item').values(item('a', 2)).execute();
    });
    assert.equal(await countOf(database.tables<Tables>(), 'a'), 2);
  });

  test('concurrent read-modify-write transactions lose nothing', async () => {
    const database = await open();
    await database.tables<Tables>().insertInto('item').values(item('a', 0)).execute();
    await Promise.all(Array.from({ length: 50 }, () => database.transact(increment)));
    assert.equal(await countOf(database.tables<Tables>(), 'a'), 50);
  });

  test('of transactions asked for together one that throws is undone alone; each sees those before it', async () => {
    const database = await open();
    await database.tables<Tables>().insertInto('item').values(item('a', 0)).execute();
    const fails = new Set([0, 3, 4, 39]);
    const asked = Array.from({ length: 40 }, (_, index) =>
      database.transact<Tables, number | undefined>(async (transaction) => {
        await increment(transaction);
        await transaction
          .insertInto('item')
          .values(item(`row ${index}`, index))
          .execute();
        if (fails.has(index)) throw new Error(`${index} stops`);
        return countOf(transaction, 'a');
      }),
    );
    const ends = await Promise.allSettled(asked);
    let kept = 0;
    for (const [index, end] of ends.entries()) {
      if (fails.has(index)) assert.match(String(end.status === 'rejected' && end.reason), /stops/);
      else assert.deepEqual(end, { status: 'fulfilled', value: ++kept });
    }
    const rows = await database.tables<Tables>().selectFrom('item').select('name').execute();
    assert.equal(await countOf(database.tables<Tables>(), 'a'), 36);
    assert.equal(rows.length, 37);
    for (const index of fails) assert.ok(!rows.some(({ name }) => name === `row ${index}`));
  });

  test('the transaction that code is inside of can be had there, and neither outside nor afterwards', async () => {
    const database = await open();
    assert.equal(database.here(), undefined);
    const end = Promise.withResolvers<void>();
    let left: Promise<unknown> | undefined;
    await database.transact<Tables, void>(async (transaction) => {
      await transaction.insertInto('item').values(item('a', 1)).execute();
      const here = database.here<Tables>();
      assert.ok(here !== undefined);
      assert.equal(await countOf(here, 'a'), 1);
      left = end.promise.then(() => database.here());
    });
    end.resolve();
    assert.equal(await left, undefined);
    assert.equal(database.here(), undefined);
  });

  test('a read outside a transaction never sees uncommitted rows', async () => {
    const database = await open();
    await database.tables<Tables>().insertInto('item').values(item('a', 0)).execute();
    const seen: (number | undefined)[] = [];
    const reads: Promise<unknown>[] = [];
    const hold = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const failed = database.transact<Tables, void>(async (transaction) => {
      await transaction.updateTable('item').set({ count: 99 }).execute();
      written.resolve();
      await hold.promise;
      throw new Error('stop');
    });
    await written.promise;
    reads.push(countOf(database.tables<Tables>(), 'a').then((count) => seen.push(count)));
    hold.resolve();
    await assert.rejects(failed);
    await Promise.all(reads);
    assert.deepEqual(seen, [0]);
  });
}

function testProcesses(open: Open): void {
  test('the version changes when another process commits, and only then', async () => {
    const mine = await open();
    const other = await open();
    const before = mine.foreignVersion();
    await mine.tables<Tables>().insertInto('item').values(item('a', 0)).execute();
    await mine.transact(increment);
    assert.equal(mine.foreignVersion(), before);
    await other.transact(increment);
    await nextTurn();
    const after = mine.foreignVersion();
    assert.notEqual(after, before);
    assert.equal(mine.foreignVersion(), after);
    assert.equal(await countOf(mine.tables<Tables>(), 'a'), 2);
  });

  test('two processes that write at once lose nothing', async () => {
    const databases = [await open(), await open()];
    await databases[0]?.tables<Tables>().insertInto('item').values(item('a', 0)).execute();
    await Promise.all(Array.from({ length: 20 }, async (_, index) => databases[index % 2]?.transact(increment)));
    for (const database of databases) assert.equal(await countOf(database.tables<Tables>(), 'a'), 20);
  });
}

function testMigrations(open: Open): void {
  test('missing steps are applied in the order of their names, once', async () => {
    const first = await open([items]);
    await first.tables<Tables>().insertInto('item').values(item('a', 1)).execute();
    const second = await open([parts, items]);
    await second.tables<Tables>().insertInto('part').values({ item_name: 'a', number: 1 }).execute();
    await open(both);
    assert.equal(await countOf(second.tables<Tables>(), 'a'), 1);
  });

  test('a step that fails leaves nothing of itself', async () => {
    const broken: Migration = {
      name: '0002-parts',
      async up(database) {
        await parts.up(database);
        throw new Error('half-way');
      },
    };
    await assert.rejects(open([items, broken]), /half-way/);
    const database = await open(both);
    assert.deepEqual(await database.tables<Tables>().selectFrom('part').selectAll().execute(), []);
  });

  test('a database of a newer build is refused by a sentence that names the step', async () => {
    await open(both);
    await assert.rejects(open([items]), /newer version of Sallyport.*0002-parts/);
  });

  test('two steps of the same name are refused', async () => {
    await assert.rejects(open([items, items]), /same name/);
  });
}

function item(name: string, count: number): Tables['item'] {
  return { name, count, bytes: null };
}

async function countOf(tables: Kysely<Tables>, name: string): Promise<number | undefined> {
  return (await tables.selectFrom('item').select('count').where('name', '=', name).executeTakeFirst())?.count;
}

async function increment(transaction: Kysely<Tables>): Promise<void> {
  const count = (await countOf(transaction, 'a')) ?? 0;
  await transaction
    .updateTable('item')
    .set({ count: count + 1 })
    .where('name', '=', 'a')
    .execute();
}
