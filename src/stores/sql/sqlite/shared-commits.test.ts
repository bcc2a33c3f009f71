// Transactions that wait together share a commit: how many commits there are, and what a fault takes with it.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { isKind } from '#core/errors.ts';
import type { Database } from '../database.ts';
import { databaseOver } from './database-over.ts';

interface Tables {
  readonly item: { readonly name: string };
}

/** Counts what is asked for by these words, and fails them when it is told to. */
class WatchedSqlite extends DatabaseSync {
  readonly counts = { begin: 0, commit: 0, rollback: 0 };
  failCommits = false;

  override exec(text: string): void {
    if (text.includes('begin')) this.counts.begin += 1;
    if (text === 'rollback') this.counts.rollback += 1;
    if (text === 'commit') {
      this.counts.commit += 1;
      if (this.failCommits) throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
    }
    super.exec(text);
  }
}

function openWatched(file = ':memory:'): { sqlite: WatchedSqlite; database: Database } {
  const sqlite = new WatchedSqlite(file, { timeout: 50 });
  sqlite.exec('create table if not exists item (name text primary key)');
  return { sqlite, database: databaseOver(sqlite, 5000) };
}

const add = (database: Database, name: string) =>
  database.transact<Tables, string>(async (transaction) => {
    await transaction.insertInto('item').values({ name }).execute();
    return name;
  });

const names = (count: number) => Array.from({ length: count }, (_, index) => `item ${String(index).padStart(3, '0')}`);

async function stored(database: Database): Promise<readonly string[]> {
  const rows = await database.tables<Tables>().selectFrom('item').select('name').orderBy('name').execute();
  return rows.map((row) => row.name);
}

test('32 that wait together are one commit, and one by one they are as many as before', async () => {
  const { sqlite, database } = openWatched();
  assert.deepEqual(await Promise.all(names(40).map((name) => add(database, name))), names(40));
  assert.equal(sqlite.counts.commit, 2);
  for (const name of ['x', 'y']) await add(database, name);
  assert.equal(sqlite.counts.commit, 4);
  assert.deepEqual(await stored(database), [...names(40), 'x', 'y']);
  await database.close();
});

test('nobody is told of a commit that failed, and nothing of it stays', async () => {
  const { sqlite, database } = openWatched();
  sqlite.failCommits = true;
  const refused = database.transact(() => Promise.reject(new Error('my own')));
  const ends = await Promise.allSettled([add(database, 'a'), add(database, 'b'), add(database, 'a'), refused]);
  const reasons = ends.map((end) => (end.status === 'rejected' ? end.reason : undefined));
  for (const reason of reasons.slice(0, 2)) assert.ok(isKind(reason, 'storage-unavailable'));
  // These had failed by themselves before.
  assert.match(String(reasons[2]), /UNIQUE/);
  assert.match(String(reasons[3]), /my own/);
  sqlite.failCommits = false;
  assert.deepEqual(await stored(database), []);
  await add(database, 'c');
  assert.deepEqual(await stored(database), ['c']);
  await database.close();
});

test('a fault that makes SQLite roll back takes those before it along, those behind it get another turn', async () => {
  const { sqlite, database } = openWatched();
  const undo = () =>
    database.transact(async () => {
      sqlite.exec('rollback');
      throw new Error('the disk failed');
    });
  // A work that swallows the fault does not go on by itself either.
  const swallow = () => database.transact(async () => sqlite.exec('rollback'));
  const asked = [add(database, 'a'), undo(), add(database, 'b'), swallow(), add(database, 'c'), add(database, 'd')];
  const ends = await Promise.allSettled(asked);
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
  for (const end of ends.slice(0, 4)) assert.ok(end.status === 'rejected' && isKind(end.reason, 'storage-unavailable'));
  assert.deepEqual(await stored(database), ['c', 'd']);
  await database.close();
});

test('while another process writes the event loop goes on, and who came meanwhile shares the commit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-sql-'));
  const { sqlite, database } = openWatched(join(folder, 'a.db'));
  const other = new DatabaseSync(join(folder, 'a.db'));
  other.exec('begin immediate');
  const asked = [add(database, 'a')];
  // Each attempt is counted: it has tried before the others come.
  while (sqlite.counts.begin < 3) await new Promise((resolve) => setImmediate(resolve));
  for (const name of ['b', 'c']) asked.push(add(database, name));
  assert.equal(sqlite.counts.commit, 0);
  other.exec('rollback');
  other.close();
  await Promise.all(asked);
  assert.equal(sqlite.counts.commit, 1);
  await database.close();
  await rm(folder, { recursive: true });
});
