// The site's database: content is named as the tables are, and every other table tells other processes of each change.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { contentTables } from '#registry/content-tables.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { siteMigrations } from './stores.ts';

test('every table but content is stamped at insert, update and delete', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-site-'));
  const file = join(folder, 'a.db');
  await (await openSqlite({ file, migrations: siteMigrations, content: contentTables })).close();
  const sqlite = new DatabaseSync(file, { readOnly: true });
  const names = sqlite.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'").all();
  const tables = names.map(({ name }) => String(name));
  const triggers = sqlite.prepare("select tbl_name, name from sqlite_schema where type = 'trigger'").all();
  for (const table of contentTables.keys()) assert.ok(tables.includes(table), table);
  for (const table of tables) {
    const found = triggers.filter((one) => one['tbl_name'] === table).map(({ name }) => String(name));
    const wanted = ['delete', 'insert', 'update'].map((event) => `stamp_${event}_${table}`);
    const isContent = table === 'commit_stamp' || contentTables.get(table) === 'all';
    assert.deepEqual(found.toSorted(), isContent ? [] : wanted, table);
  }
  assert.ok(tables.length > 50);
  const columns = sqlite.prepare('select name from pragma_table_info(?)').all('repository');
  assert.ok(columns.some(({ name }) => name === 'image_count'));
  sqlite.close();
  await rm(folder, { recursive: true });
});
