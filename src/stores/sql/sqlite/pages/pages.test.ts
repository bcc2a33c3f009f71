// Page checksums: every flipped byte of database, log and sums is found, beside a writer too, and nothing else is.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Kysely } from 'kysely';
import type { Database } from '../../database.ts';
import { openSqlite } from '../open.ts';
import { checkPages } from './check-pages.ts';
import { readSettled, writeSettled } from './sums-file.ts';
import { assertLogReaches } from './wal-end.ts';

interface Tables {
  readonly thing: { readonly id: number; readonly text: string };
}

const migration = {
  name: '0001-things',
  async up(database: Kysely<unknown>) {
    await database.schema
      .createTable('thing')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('text', 'text', (column) => column.notNull())
      .execute();
  },
};

const key = randomBytes(32);

async function folder(): Promise<{ readonly file: string; dispose(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'sallyport-pages-'));
  return { file: join(path, 'a.db'), dispose: () => rm(path, { recursive: true, force: true }) };
}

const open = (file: string) => openSqlite({ file, migrations: [migration], pageKey: key });

/** Ten rows a commit. */
async function fill(database: Database, from: number, count: number, size = 900): Promise<void> {
  for (let first = from; first < from + count; first += 10) {
    await database.transact<Tables, void>(async (transaction) => {
      const rows = Array.from({ length: 10 }, (_, index) => ({ id: first + index, text: 'x'.repeat(size) }));
      await transaction.insertInto('thing').values(rows).execute();
    });
  }
}

/** The files as a power cut or a kill would leave them now. */
async function asKilled(file: string, to: string): Promise<void> {
  for (const suffix of ['', '-wal', '-sums']) await copyFile(`${file}${suffix}`, `${to}${suffix}`);
}

async function flip(file: string, at: number): Promise<Buffer> {
  const bytes = await readFile(file);
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
  await writeFile(file, changed);
  return bytes;
}

test('a database that was closed, is open, or was killed is right', async () => {
  const { file, dispose } = await folder();
  const database = await open(file);
  await fill(database, 0, 400);
  assert.deepEqual((await checkPages(file, key)).damage, []);
  const copy = `${file}.copy`;
  await asKilled(file, copy);
  assert.deepEqual((await checkPages(copy, key)).damage, []);
  await database.close();
  assert.equal((await checkPages(file, key)).damage.length, 0);
  assert.ok((await checkPages(file, key)).pages > 100);
  const again = await open(copy);
  assert.deepEqual((await checkPages(copy, key)).damage, []);
  const { count } = await again
    .tables<Tables>()
    .selectFrom('thing')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(Number(count), 400);
  await again.close();
  await dispose();
});

test('a checkpoint of its own comes by, and the sums follow it', async () => {
  const { file, dispose } = await folder();
  const database = await open(file);
  await fill(database, 0, 3000, 1800);
  assert.ok((await stat(file)).size > 100 * 4096, 'some of it was checkpointed');
  assert.deepEqual((await checkPages(file, key)).damage, []);
  await database.close();
  await dispose();
});

test('a database from before there were sums gets them', async () => {
  const { file, dispose } = await folder();
  const before = await openSqlite({ file, migrations: [migration] });
  await fill(before, 0, 50);
  await before.close();
  assert.match((await checkPages(file, key)).damage[0]?.what ?? '', /missing/);
  await (await open(file)).close();
  assert.deepEqual((await checkPages(file, key)).damage, []);
  await dispose();
});

test('every flipped byte of a closed database and its sums is found', async () => {
  const { file, dispose } = await folder();
  const database = await open(file);
  await fill(database, 0, 30, 300);
  await database.close();
  for (const suffix of ['', '-sums']) {
    const { size } = await stat(`${file}${suffix}`);
    for (let at = 0; at < size; at += suffix === '' ? 977 : 3) {
      const bytes = await flip(`${file}${suffix}`, at);
      const { damage } = await checkNow(file);
      assert.ok(damage.length > 0, `byte ${at} of ${suffix}`);
      await writeFile(`${file}${suffix}`, bytes);
    }
  }
  assert.deepEqual((await checkPages(file, key)).damage, []);
  await dispose();
});

test('every flipped byte of the log of a killed process is found; a start that would lose commits stops', async () => {
  const { file, dispose } = await folder();
  const database = await open(file);
  await fill(database, 0, 10, 300);
  const killed = `${file}.killed`;
  await asKilled(file, killed);
  await database.close();
  const { size } = await stat(`${killed}-wal`);
  for (let at = 0; at < size; at += 997) {
    const bytes = await flip(`${killed}-wal`, at);
    const { damage } = await checkNow(killed);
    assert.ok(
      damage.some((one) => one.file === '-wal'),
      `byte ${at}`,
    );
    assert.throws(() => assertLogReaches(killed, key), /would be lost/);
    await writeFile(`${killed}-wal`, bytes);
  }
  await truncate(`${killed}-wal`, size - 1);
  await assert.rejects(open(killed), /write-ahead log is damaged.*move .*-sums away/s);
  await rm(`${killed}-wal`);
  await assert.rejects(open(killed), /the file is missing/);
  await dispose();
});

test('a cut database, a swapped page and an older page are found', async () => {
  const { file, dispose } = await folder();
  const database = await open(file);
  await fill(database, 0, 60);
  await database.close();
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, bytes.length - 4096));
  assert.ok((await checkNow(file)).damage.length > 0, 'cut');
  const swapped = Buffer.from(bytes);
  bytes.copy(swapped, 4096 * 3, 4096 * 4, 4096 * 5);
  bytes.copy(swapped, 4096 * 4, 4096 * 3, 4096 * 4);
  await writeFile(file, swapped);
  assert.deepEqual(
    (await checkNow(file)).damage.map((one) => one.page),
    [4, 5],
  );
  await writeFile(file, bytes);
  const other = await checkPages(file, randomBytes(32));
  assert.match(other.damage[0]?.what ?? '', /another root key/);
  await dispose();
});

test('a page that was changed behind the database keeps no right sum when the database writes it again', async () => {
  const { file, dispose } = await folder();
  const database = await open(file);
  await fill(database, 0, 60, 300);
  await database.close();
  const bytes = await readFile(file);
  const at = bytes.lastIndexOf('xxxxxxxx');
  await flip(file, at);
  const page = Math.floor(at / 4096) + 1;
  assert.deepEqual(
    (await checkNow(file)).damage.map((one) => one.page),
    [page],
  );
  for (let round = 0; round < 2; round += 1) {
    const again = await open(file);
    await again.transact<Tables, void>(async (transaction) => {
      // Every row, and so every page, in its place.
      await transaction
        .updateTable('thing')
        .set({ text: `${round}`.repeat(300) })
        .execute();
    });
    await again.close();
    assert.ok((await stat(file)).size > 0);
    assert.deepEqual(
      (await checkNow(file)).damage.map((one) => one.page),
      [page],
    );
  }
  await dispose();
});

test('a page that a crash tore amid a checkpoint is healed by the next start', async () => {
  const { file, dispose } = await folder();
  const database = await open(file);
  await fill(database, 0, 60, 300);
  await database.close();
  const again = await open(file);
  await again.transact<Tables, void>(async (transaction) => {
    await transaction
      .updateTable('thing')
      .set({ text: 'z'.repeat(300) })
      .execute();
  });
  const torn = `${file}.torn`;
  await asKilled(file, torn);
  await again.close();
  const sums = openSync(`${torn}-sums`, 'r+');
  const settled = readSettled(sums, key);
  assert.ok(settled !== undefined && !settled.isUnderWay);
  writeSettled(sums, key, { ...settled, isUnderWay: true });
  closeSync(sums);
  await flip(torn, (await readFile(torn)).lastIndexOf('xxxxxxxx'));
  assert.equal((await checkNow(torn)).damage.length, 1);
  await (await open(torn)).close();
  assert.deepEqual((await checkPages(torn, key)).damage, []);
  await dispose();
});

test('checks beside a process that writes and checkpoints say nothing', async () => {
  const { file, dispose } = await folder();
  await (await open(file)).close();
  const script = fileURLToPath(new URL('../testing/keep-writing.ts', import.meta.url));
  const writer = spawn(process.execPath, [script, file, key.toString('hex')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(writer, 'exit');
  try {
    await once(writer.stdout, 'data');
    // Two checkpoints of the writer later, or it has ended by itself.
    while ((await stat(file)).size < 10_000_000 && writer.exitCode === null) {
      assert.deepEqual((await checkPages(file, key)).damage, []);
    }
  } finally {
    writer.stdin.end();
  }
  assert.deepEqual(await ended, [0, null]);
  assert.deepEqual((await checkPages(file, key)).damage, []);
  await dispose();
});

/** Without a second look: nobody writes. */
const checkNow = (file: string) => checkPages(file, key, { againMs: 0 });
