// Takes what was deleted out of the database's files: tables written anew into zeroed pages, then the log begun anew.

import type { DatabaseSync } from 'node:sqlite';
import { nextTurn } from '#std/next-turn.ts';
import { isBusy } from './faults.ts';
import type { PageKeeper } from './pages/page-keeper.ts';

/** `user_version` of a database in which every free page is zeroed. */
const zeroedVersion = 1;
const zerosBytesMax = 16 * 1024 * 1024;

/** Of the connection's driver, which waits while another process writes. */
interface Turn {
  readonly begin: () => Promise<void>;
  readonly commit: () => Promise<void>;
}

/**
 * SQLite zeroes a row that is deleted (`secure_delete`), but not the copies that it left where it has moved rows from:
 * of 70,000 rows deleted at random 25 were still in the file. Emptied in one statement, every page of a table is zeroed
 * whole; its rows are then written back. A table with triggers would be deleted row by row as well: they go and come
 * back with the rows, and what they tell other processes of has not changed.
 */
export async function rewriteTables(sqlite: DatabaseSync, tables: readonly string[], turn: Turn): Promise<void> {
  // With foreign keys to look at, SQLite would delete row by row. The rows are back before the commit.
  sqlite.exec('pragma foreign_keys = off');
  try {
    await turn.begin();
    for (const table of tables) {
      const triggers = triggersOf(sqlite, table);
      for (const statement of [
        ...triggers.map(({ name }) => `drop trigger main."${name}"`),
        `create temp table kept as select * from main."${table}"`,
        `delete from main."${table}"`,
        `insert into main."${table}" select * from temp.kept`,
        'drop table temp.kept',
        ...triggers.map(({ text }) => text),
      ]) {
        sqlite.exec(statement);
        // Whoever needs no database goes on in between.
        await nextTurn();
      }
    }
    zeroFreePages(sqlite);
    await turn.commit();
  } finally {
    if (sqlite.isTransaction) sqlite.exec('rollback');
    sqlite.exec('pragma foreign_keys = on');
  }
}

function triggersOf(
  sqlite: DatabaseSync,
  table: string,
): ReadonlyArray<{ readonly name: string; readonly text: string }> {
  const find = "select name, sql from main.sqlite_schema where type = 'trigger' and tbl_name = ?";
  const rows = sqlite.prepare(find).all(table);
  return rows.map(({ name, sql }) => ({ name: String(name), text: String(sql) }));
}

/**
 * Once in the life of a database, as `user_version` says: a page that a version before had freed still holds what was
 * in it. Taken by zeros, and given back.
 */
function zeroFreePages(sqlite: DatabaseSync): void {
  if (numberOf(sqlite, 'user_version') >= zeroedVersion) return;
  const pageBytes = numberOf(sqlite, 'page_size');
  sqlite.exec('create table main.free_page (zeros blob)');
  for (let free = freePages(); free > 0; free = freePages()) {
    sqlite.exec(`insert into main.free_page values (zeroblob(${Math.min(free * pageBytes, zerosBytesMax)}))`);
  }
  sqlite.exec('drop table main.free_page');
  sqlite.exec(`pragma user_version = ${zeroedVersion}`);

  function freePages(): number {
    return numberOf(sqlite, 'freelist_count');
  }
}

function numberOf(sqlite: DatabaseSync, pragma: 'user_version' | 'page_size' | 'freelist_count'): number {
  return Number(sqlite.prepare(`pragma ${pragma}`).get()?.[pragma] ?? 0);
}

/** False while a reader keeps the log, or another process writes. */
export function beginLogAnew(sqlite: DatabaseSync, keeper: PageKeeper | undefined): boolean {
  if (keeper === undefined) return sqlite.prepare('pragma wal_checkpoint(truncate)').get()?.['busy'] === 0;
  try {
    return keeper.beginLogAnew(() => touch(sqlite));
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}

/** A commit that changes nothing and is written all the same. */
function touch(sqlite: DatabaseSync): void {
  sqlite.exec('begin immediate');
  try {
    sqlite.exec(`pragma user_version = ${numberOf(sqlite, 'user_version')}`);
    sqlite.exec('commit');
  } finally {
    if (sqlite.isTransaction) sqlite.exec('rollback');
  }
}
