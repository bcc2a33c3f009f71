// Opens the embedded database to look at it only: beside a running server or without one, and without leaving files.

import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Database } from '../database.ts';
import { databaseOver } from './database-over.ts';
import { translateFault } from './faults.ts';

const busyTimeoutMs = 2000;

export interface ReadDatabase extends Database {
  /** What SQLite itself finds amiss in pages, indexes and references; empty when all is well. Bounded. */
  examine(): readonly string[];
}

/**
 * Nothing is migrated, and a write fails. Throws `storage-unavailable` when the file cannot be opened or is none.
 * Without a log no process has the file open: then it is read as if it could not change.
 */
export function openSqliteToRead(file: string): ReadDatabase {
  const url = pathToFileURL(file);
  if (!existsSync(`${file}-wal`)) url.searchParams.set('immutable', '1');
  try {
    const sqlite = new DatabaseSync(url, { readOnly: true, timeout: busyTimeoutMs });
    sqlite.exec('pragma trusted_schema = off');
    sqlite.exec('pragma cell_size_check = on');
    return { ...databaseOver(sqlite, busyTimeoutMs), examine: () => examine(sqlite) };
  } catch (error) {
    throw translateFault(error);
  }
}

function examine(sqlite: DatabaseSync): readonly string[] {
  try {
    const checked = sqlite
      .prepare('pragma integrity_check(20)')
      .all()
      .map((row) => String(row['integrity_check']));
    const orphans = sqlite.prepare('pragma foreign_key_check').all();
    const broken = orphans.slice(0, 20).map((row) => {
      const { rowid, table, parent } = row;
      return `row ${String(rowid)} of ${String(table)} refers to a row of ${String(parent)} that is gone`;
    });
    return [...checked.filter((line) => line !== 'ok'), ...broken];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
