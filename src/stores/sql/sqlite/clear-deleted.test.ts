// What was deleted is in no file of the database once it is cleared: log, free pages, copies; and what was not, stays.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Kysely } from 'kysely';
import { nextTurn } from '#std/next-turn.ts';
import type { Database } from '../database.ts';
import { openSqlite } from './open.ts';
import { checkPages } from './pages/check-pages.ts';

interface Tables {
  readonly secret: { readonly id: string; readonly filling: string; readonly bytes: Uint8Array };
  readonly child: { readonly secret_id: string };
}

const migration = {
  name: '0001-secrets',
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('secret')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('filling', 'text', (column) => column.notNull())
      .addColumn('bytes', 'blob', (column) => column.notNull())
      .execute();
    await schema
      .createTable('child')
      .addColumn('secret_id', 'text', (column) => column.notNull().references('secret.id').onDelete('cascade'))
      .execute();
  },
};

const pageKey = randomBytes(32);
/** Every table has triggers, as the site's have. */
const content = new Map<string, 'all'>();

async function start(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-clear-'));
  const file = join(folder, 'a.db');
  const opened: Database[] = [];
  const open = async () => {
    const database = await openSqlite({ file, migrations: [migration], pageKey, content });
    opened.push(database);
    return database;
  };
  context.after(async () => {
    for (const database of opened) await database.close();
    await rm(folder, { recursive: true });
  });
  return { file, folder, open };
}

async function put(database: Database, id: string, bytes: Uint8Array): Promise<void> {
  const filling = 'x'.repeat(bytes[0] ?? 0);
  await database.transact<Tables, void>(async (transaction) => {
    await transaction.insertInto('secret').values({ id, filling, bytes }).execute();
    await transaction.insertInto('child').values({ secret_id: id }).execute();
  });
}

function remove(database: Database, id: string): Promise<void> {
  return database.transact<Tables, void>(async (transaction) => {
    await transaction.deleteFrom('secret').where('id', '=', id).execute();
  });
}

/** The files of the folder that hold any of these bytes. */
async function filesWith(folder: string, wanted: readonly Uint8Array[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    if (wanted.some((one) => bytes.includes(one))) found.push(name);
  }
  return found;
}

const secrets = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `s${index}`, bytes: randomBytes(60) }));

test('deleted bytes are in database and log before, and nowhere after', async (context) => {
  const { file, folder, open } = await start(context);
  const database = await open();
  const all = secrets(400);
  for (const { id, bytes } of all) await put(database, id, bytes);
  const [gone, kept] = [all.filter((_, index) => index % 3 > 0), all.filter((_, index) => index % 3 === 0)];
  for (const { id } of gone) await remove(database, id);
  assert.ok(
    (
      await filesWith(
        folder,
        gone.map(({ bytes }) => bytes),
      )
    ).includes('a.db-wal'),
  );
  assert.equal(await database.clearDeleted(['secret', 'child']), true);
  assert.deepEqual(
    await filesWith(
      folder,
      gone.map(({ bytes }) => bytes),
    ),
    [],
  );
  const rows = await database.tables<Tables>().selectFrom('secret').selectAll().orderBy('id').execute();
  const wanted = kept.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  assert.deepEqual(
    rows.map(({ id, bytes }) => [id, Buffer.from(bytes).toString('hex')]),
    wanted.map(({ id, bytes }) => [id, bytes.toString('hex')]),
  );
  assert.deepEqual((await checkPages(file, pageKey)).damage, [], 'every page has its sum');
  await remove(database, rows[0]?.id ?? '');
  const children = await database.tables<Tables>().selectFrom('child').selectAll().execute();
  assert.equal(children.length, kept.length - 1, 'foreign keys hold again');
});

test('what a version without zeroing left in free pages of the table is cleared too', async (context) => {
  const { file, folder, open } = await start(context);
  const made = await openSqlite({ file, migrations: [migration], pageKey, content });
  await made.close();
  const all = secrets(400);
  const older = new DatabaseSync(file);
  older.exec('pragma secure_delete = off');
  const insert = older.prepare('insert into secret values (?, ?, ?)');
  for (const { id, bytes } of all) insert.run(id, '', bytes);
  // Every second one: pages stay the table's, with holes in them.
  for (const [index, { id }] of all.entries()) {
    if (index % 2 === 0) older.prepare('delete from secret where id = ?').run(id);
  }
  older.close();
  await rm(`${file}-sums`);
  const gone = all.filter((_, index) => index % 2 === 0).map(({ bytes }) => bytes);
  const database = await open();
  assert.deepEqual(await filesWith(folder, gone), ['a.db']);
  assert.equal(await database.clearDeleted(['secret']), true);
  assert.deepEqual(await filesWith(folder, gone), []);
});

test('a reader of an older state keeps it, and says so, until it ends', async (context) => {
  const { file, folder, open } = await start(context);
  const database = await open();
  const [secret = { id: '', bytes: Buffer.alloc(0) }] = secrets(1);
  await put(database, secret.id, secret.bytes);
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec('begin');
  reader.prepare('select count(*) from secret').get();
  await remove(database, secret.id);
  assert.equal(await database.clearDeleted(['secret']), false);
  assert.notDeepEqual(await filesWith(folder, [secret.bytes]), []);
  assert.equal(reader.prepare('select count(*) as count from secret').get()?.['count'], 1);
  reader.close();
  assert.equal(await database.clearDeleted(['secret']), true);
  assert.deepEqual(await filesWith(folder, [secret.bytes]), []);
});

test('another process that writes at the same time loses nothing', async (context) => {
  const { file, folder, open } = await start(context);
  const [database, other] = [await open(), await open()];
  const all = secrets(60);
  const gone: Buffer[] = [];
  const writing = (async () => {
    for (const { id, bytes } of all) await put(other, id, bytes);
  })();
  for (let round = 0; round < 10; round += 1) {
    const bytes = randomBytes(60);
    await put(database, `mine${round}`, bytes);
    await remove(database, `mine${round}`);
    gone.push(bytes);
    while (!(await database.clearDeleted(['secret', 'child']))) await new Promise(setImmediate);
    assert.deepEqual(await filesWith(folder, gone), []);
  }
  await writing;
  const rows = await database.tables<Tables>().selectFrom('secret').select('id').execute();
  assert.equal(rows.length, all.length);
  assert.deepEqual((await checkPages(file, pageKey)).damage, []);
});

test('a table is emptied in one statement although it has triggers, and has them afterwards', async (context) => {
  const { file, open } = await start(context);
  const database = await open();
  await put(database, 'a', randomBytes(100));
  const look = () => {
    const sqlite = new DatabaseSync(file, { readOnly: true });
    const triggers = sqlite.prepare("select name, sql from sqlite_schema where type = 'trigger' order by name").all();
    const stamp = sqlite.prepare('select stamp from commit_stamp').get()?.['stamp'];
    sqlite.close();
    return { triggers, stamp };
  };
  const before = look();
  assert.equal(before.triggers.length, 9);
  while (!(await database.clearDeleted(['secret']))) await nextTurn();
  // A trigger that had run for a row would have changed the stamp.
  assert.deepEqual(look(), before);
  await remove(database, 'a');
  assert.notEqual(look().stamp, before.stamp);
});
