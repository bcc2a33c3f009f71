// SQLite keeps the contract of a database, and what is its own: syncing, modes of the file, faults of the disk.

import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { sql } from 'kysely';
import { isKind } from '#core/errors.ts';
import type { Database, Migration } from '../database.ts';
import { databaseSuite } from '../suite.ts';
import { openSqlite } from './open.ts';

interface Tables {
  readonly item: { readonly name: string };
}

const items: Migration = {
  name: '0001-items',
  async up(database) {
    await database.schema.createTable('item').addColumn('name', 'text').execute();
  },
};

databaseSuite('SQLite in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-sql-'));
  return {
    open: (migrations) => openSqlite({ file: join(folder, 'a.db'), migrations }),
    dispose: () => rm(folder, { recursive: true }),
  };
});

async function inFolder(work: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-sql-'));
  try {
    await work(join(folder, 'a.db'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function pragma(database: Database, name: string): Promise<unknown> {
  const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database.tables());
  return Object.values(rows[0] ?? {})[0];
}

test('commits are synced, foreign keys hold, and only the owner may read the files', async () => {
  await inFolder(async (file) => {
    const database = await openSqlite({ file, migrations: [items] });
    assert.equal(await pragma(database, 'journal_mode'), 'wal');
    assert.equal(await pragma(database, 'synchronous'), 2);
    assert.equal(await pragma(database, 'foreign_keys'), 1);
    for (const suffix of ['', '-wal', '-shm']) assert.equal((await stat(file + suffix)).mode & 0o777, 0o600);
    await database.close();
  });
});

test('a full disk is storage-unavailable, changes nothing, and passes when there is room again', async () => {
  const database = await openSqlite({ file: ':memory:', migrations: [items] });
  const pages = await pragma(database, 'page_count');
  await pragma(database, `max_page_count = ${String(pages)}`);
  const fill = database.transact<Tables, void>(async (transaction) => {
    await transaction.insertInto('item').values({ name: 'small' }).execute();
    await transaction
      .insertInto('item')
      .values({ name: 'x'.repeat(100_000) })
      .execute();
  });
  await assert.rejects(fill, (error) => isKind(error, 'storage-unavailable'));
  await pragma(database, 'max_page_count = 1000');
  assert.deepEqual(await database.tables<Tables>().selectFrom('item').selectAll().execute(), []);
  await database.transact<Tables, void>(async (transaction) => {
    await transaction.insertInto('item').values({ name: 'a' }).execute();
  });
  await database.close();
});

test('a file that is no database is storage-unavailable', async () => {
  await inFolder(async (file) => {
    await writeFile(file, 'this is not a database, however long one looks at it'.repeat(100));
    await assert.rejects(openSqlite({ file, migrations: [] }), (error) => isKind(error, 'storage-unavailable'));
  });
});

test('a writer that never ends makes others fail after the time-out, without stopping the process', async () => {
  await inFolder(async (file) => {
    const database = await openSqlite({ file, migrations: [items], busyTimeoutMs: 30 });
    const other = new DatabaseSync(file);
    other.exec('begin immediate');
    const write = database.transact<Tables, void>(async (transaction) => {
      await transaction.insertInto('item').values({ name: 'a' }).execute();
    });
    await assert.rejects(write, (error) => isKind(error, 'storage-unavailable'));
    other.exec('rollback');
    other.close();
    await database.close();
  });
});

test('a query beside the transaction, made inside it, fails at once instead of waiting for ever', async () => {
  const database = await openSqlite({ file: ':memory:', migrations: [items] });
  const nested = database.transact(async () => {
    await database.tables<Tables>().selectFrom('item').selectAll().execute();
  });
  await assert.rejects(nested, /inside it/);
  const after = database.transact(async () => database.foreignVersion());
  assert.equal(typeof (await after), 'number');
  await database.close();
});

test('whoever asks first goes first, however long each takes', async () => {
  const database = await openSqlite({ file: ':memory:', migrations: [items] });
  const order: number[] = [];
  const asked = [3, 1, 2].map((rounds) =>
    database.transact<Tables, void>(async (transaction) => {
      for (let round = 0; round < rounds; round += 1) await transaction.selectFrom('item').selectAll().execute();
      order.push(rounds);
    }),
  );
  await Promise.all(asked);
  assert.deepEqual(order, [3, 1, 2]);
  await database.close();
});
