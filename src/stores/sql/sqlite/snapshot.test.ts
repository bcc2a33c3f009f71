// Snapshots: whole, private and consistent, while the database is open and being written.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Kysely } from 'kysely';
import { openSqlite } from './open.ts';
import { checkPages } from './pages/check-pages.ts';
import { snapshotSqlite } from './snapshot.ts';

interface Tables {
  readonly thing: { readonly id: number };
}

const migrations = [
  {
    name: '0001-things',
    up: (database: Kysely<unknown>) =>
      database.schema
        .createTable('thing')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .execute(),
  },
];

test('a snapshot holds what was committed when it was taken, and opens as a database of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-snapshot-'));
  const [file, copy] = [join(folder, 'a.db'), join(folder, 'copy.db')];
  const pageKey = randomBytes(32);
  const database = await openSqlite({ file, migrations, pageKey });
  const add = (id: number) =>
    database.transact<Tables, void>(async (transaction) => {
      await transaction.insertInto('thing').values({ id }).execute();
    });
  await add(1);
  assert.ok((await snapshotSqlite(file, copy)) > 4096);
  await add(2);
  assert.equal((await stat(copy)).mode & 0o777, 0o600);
  await assert.rejects(snapshotSqlite(file, copy), /EEXIST/);
  assert.deepEqual((await checkPages(file, pageKey)).damage, []);
  await database.close();
  const restored = await openSqlite({ file: copy, migrations, pageKey });
  const rows = await restored.tables<Tables>().selectFrom('thing').selectAll().execute();
  assert.deepEqual(
    rows.map(({ id }) => id),
    [1],
  );
  assert.deepEqual((await checkPages(copy, pageKey)).damage, []);
  await restored.close();
  await rm(folder, { recursive: true });
});
