// A stamp that changes with every commit that touches more than content: triggers keep it, so no writer can forget it.

import type { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import type { ContentTables, Database } from '../database.ts';

const stampTable = 'commit_stamp';
/** Never a value that was there before: a stamp that was rolled back must not look like one that another has made. */
const newStamp = 'hex(randomblob(16))';

/**
 * Every table of the database gets triggers, but for `content`: also a table that nobody thought of. Writes only what
 * is missing or other than it should be.
 */
export async function keepStamps(sqlite: DatabaseSync, database: Database, content: ContentTables): Promise<void> {
  const isKept = () => changesOf(sqlite, content).length === 0;
  if (hasStamp(sqlite) && isKept()) return;
  await database.transact(async (transaction) => {
    const run = (text: string) => sql.raw(text).execute(transaction);
    await run(
      `create table if not exists ${stampTable} (one integer primary key check (one = 1), stamp text not null)`,
    );
    await run(
      `insert into ${stampTable} values (1, ${newStamp}) on conflict (one) do update set stamp = excluded.stamp`,
    );
    for (const text of changesOf(sqlite, content)) await run(text);
  });
}

/** True when the stamp is not what it was at the last call, and when there is none. */
export function openStampWatch(sqlite: DatabaseSync): () => boolean {
  let find: ReturnType<DatabaseSync['prepare']> | undefined;
  let seen: unknown;
  return () => {
    if (find === undefined && !hasStamp(sqlite)) return true;
    find ??= sqlite.prepare(`select stamp from ${stampTable}`);
    const stamp = find.get()?.['stamp'];
    if (stamp !== undefined && stamp === seen) return false;
    seen = stamp;
    return true;
  };
}

function hasStamp(sqlite: DatabaseSync): boolean {
  return namesOf(sqlite, 'table').has(stampTable);
}

/** Names and texts of the schema. */
function namesOf(sqlite: DatabaseSync, type: 'table' | 'trigger'): ReadonlyMap<string, string> {
  const rows = sqlite.prepare('select name, sql from sqlite_schema where type = ?').all(type);
  return new Map(rows.map(({ name, sql: text }) => [String(name), String(text)]));
}

/** The statements that lead from the triggers that are there to those that should be. */
function changesOf(sqlite: DatabaseSync, content: ContentTables): readonly string[] {
  const wanted = new Map<string, string>();
  for (const table of namesOf(sqlite, 'table').keys()) {
    if (table !== stampTable && !table.startsWith('sqlite_')) addTriggers(wanted, sqlite, table, content.get(table));
  }
  const changes: string[] = [];
  const found = namesOf(sqlite, 'trigger');
  for (const [name, text] of found) {
    if (name.startsWith('stamp_') && wanted.get(name) !== text) changes.push(`drop trigger "${name}"`);
  }
  for (const [name, text] of wanted) if (found.get(name) !== text) changes.push(text);
  return changes;
}

function addTriggers(
  wanted: Map<string, string>,
  sqlite: DatabaseSync,
  table: string,
  content: 'all' | readonly string[] | undefined,
): void {
  if (content === 'all') return;
  const columns = sqlite.prepare(`select name from pragma_table_info('${table}')`).all();
  const guarded = columns.map(({ name }) => String(name)).filter((name) => content?.includes(name) !== true);
  const update = `update of ${guarded.map((name) => `"${name}"`).join(', ')}`;
  for (const [word, event] of Object.entries({ insert: 'insert', update, delete: 'delete' })) {
    const name = `stamp_${word}_${table}`;
    const body = `update ${stampTable} set stamp = ${newStamp};`;
    wanted.set(name, `CREATE TRIGGER "${name}" after ${event} on "${table}" begin ${body} end`);
  }
}
