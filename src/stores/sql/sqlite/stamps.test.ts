// What of another process's commits is noticed by whom: content by some, everything else by all.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { sql } from 'kysely';
import { nextTurn } from '#std/next-turn.ts';
import type { ContentTables, Database, Migration } from '../database.ts';
import { openSqlite } from './open.ts';

const tables: Migration = {
  name: '0001-tables',
  async up(database) {
    for (const text of [
      'create table owner (id integer primary key, name text, counted integer default 0)',
      'create table secret (id integer primary key, owner integer references owner (id) on delete cascade)',
      'create table item (id integer primary key, owner integer references owner (id) on delete cascade)',
      "insert into owner (id, name) values (1, 'a'), (2, 'b')",
      'insert into secret values (1, 1)',
      'insert into item values (1, 1)',
    ]) {
      await sql.raw(text).execute(database);
    }
  },
};
const more: Migration = {
  name: '0002-more',
  async up(database) {
    await sql`create table late (id integer primary key)`.execute(database);
    await sql`alter table owner add column later text`.execute(database);
  },
};
const content: ContentTables = new Map<string, 'all' | readonly string[]>([
  ['item', 'all'],
  ['owner', ['counted']],
]);

interface House {
  readonly file: string;
  readonly open: (migrations?: readonly Migration[], content?: ContentTables) => Promise<Database>;
}

async function inHouse(work: (house: House) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-sql-'));
  const file = join(folder, 'a.db');
  const opened: Database[] = [];
  try {
    await work({
      file,
      async open(migrations = [tables], of = content) {
        const database = await openSqlite({ file, migrations, content: of });
        opened.push(database);
        return database;
      },
    });
  } finally {
    for (const database of opened) await database.close();
    await rm(folder, { recursive: true });
  }
}

const run = (database: Database, text: string) =>
  database.transact(async (transaction) => void (await sql.raw(text).execute(transaction)));

/** What of both the work changes for `database`. */
async function noticed(database: Database, work: () => Promise<unknown> | undefined) {
  await nextTurn();
  const before = [database.foreignVersion(), database.foreignVersion('all but content')];
  await work();
  await nextTurn();
  return {
    all: database.foreignVersion() !== before[0],
    more: database.foreignVersion('all but content') !== before[1],
  };
}

test('commits of content are noticed by those who follow everything, all others by everybody', async () => {
  await inHouse(async ({ open }) => {
    const [mine, other] = [await open(), await open()];
    await noticed(mine, () => undefined);
    for (const text of [
      'insert into item values (2, 2)',
      'update item set owner = 1 where id = 2',
      'delete from item',
      'update owner set counted = 5',
    ]) {
      assert.deepEqual(await noticed(mine, () => run(other, text)), { all: true, more: false }, text);
    }
    for (const text of [
      "insert into owner (id, name) values (3, 'c')",
      "insert or replace into owner (id, name) values (3, 'd')",
      "update owner set name = 'e', counted = 6 where id = 3",
      'update secret set id = 7',
      'delete from secret',
      'delete from owner where id = 1',
    ]) {
      assert.deepEqual(await noticed(mine, () => run(other, text)), { all: true, more: true }, text);
    }
    assert.deepEqual(await noticed(mine, () => run(mine, 'insert into secret values (9, 2)')), {
      all: false,
      more: false,
    });
  });
});

test('whoever writes beside us leaves the stamp too, and a stamp that was rolled back hides nothing', async () => {
  await inHouse(async ({ open, file }) => {
    const mine = await open();
    await noticed(mine, () => undefined);
    const shell = new DatabaseSync(file);
    const write = async () => shell.exec("update owner set name = 'x'");
    assert.deepEqual(await noticed(mine, write), { all: true, more: true });
    const stop = new Error('stop');
    const undone = mine.transact(async (transaction) => {
      await sql`update owner set name = 'y'`.execute(transaction);
      await nextTurn();
      mine.foreignVersion('all but content');
      throw stop;
    });
    await assert.rejects(undone, stop);
    assert.deepEqual(await noticed(mine, write), { all: true, more: true });
    shell.exec('insert into item values (5, 2)');
    shell.close();
  });
});

test('a table or column that a later version adds is stamped, and what is no content any more', async () => {
  await inHouse(async ({ open }) => {
    await open();
    const [mine, other] = [await open([tables, more]), await open([tables, more])];
    await noticed(mine, () => undefined);
    for (const text of ['insert into late values (1)', "update owner set later = 'x'"]) {
      assert.deepEqual(await noticed(mine, () => run(other, text)), { all: true, more: true }, text);
    }
    await open([tables, more], new Map([['late', 'all']]));
    await noticed(mine, () => undefined);
    assert.deepEqual(await noticed(mine, () => run(other, 'insert into late values (2)')), { all: true, more: false });
    const now = ['insert into item values (8, 2)', 'update owner set counted = 9'];
    for (const text of now)
      assert.deepEqual(await noticed(mine, () => run(other, text)), { all: true, more: true }, text);
  });
});

test('without a stamp every commit counts', async () => {
  await inHouse(async ({ file }) => {
    const [mine, other] = [
      await openSqlite({ file, migrations: [tables] }),
      await openSqlite({ file, migrations: [tables] }),
    ];
    await noticed(mine, () => undefined);
    for (const text of ['insert into item values (2, 2)', 'insert into secret values (3, 2)']) {
      assert.deepEqual(await noticed(mine, () => run(other, text)), { all: true, more: true }, text);
    }
    for (const database of [mine, other]) await database.close();
  });
});
