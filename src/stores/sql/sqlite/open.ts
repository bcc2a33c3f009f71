// Opens the embedded database: SQLite through node:sqlite, durable at every commit, shared politely with the CLI.

import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { ContentTables, Database, Migration } from '../database.ts';
import { migrate } from '../migrate.ts';
import { databaseOver } from './database-over.ts';
import { translateFault } from './faults.ts';
import { PageKeeper } from './pages/page-keeper.ts';
import { assertLogReaches } from './pages/wal-end.ts';
import { keepStamps } from './stamps.ts';

export interface SqliteOptions {
  /** A path, or `:memory:`. The file is made with mode 0600 when it is not there. */
  readonly file: string;
  readonly migrations: readonly Migration[];
  /** How long a transaction waits while another process writes; 10 s when left out. */
  readonly busyTimeoutMs?: number;
  /** Keeps a checksum under this key for every page of the file; none are kept when left out. */
  readonly pageKey?: Buffer;
  /** Commits that touch only these leave the caches of all else alone; every commit counts when left out. */
  readonly content?: ContentTables;
}

/** Statements outside `transact` wait inside SQLite, which stops the event loop: only briefly. */
const statementBusyTimeoutMs = 200;

/**
 * Opens, checks and migrates. Throws the system's error when the file cannot be opened or made, `storage-unavailable`
 * when it is damaged or no database, and a plain sentence when a newer build wrote it, when its log lost commits, and
 * when its page checksums cannot be used.
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  if (options.pageKey !== undefined) assertLogReaches(options.file, options.pageKey);
  const sqlite = openFile(options.file);
  const keeper = keep(sqlite, options);
  const database = databaseOver(sqlite, options.busyTimeoutMs ?? 10_000, keeper);
  try {
    await migrate(database, options.migrations);
    if (options.content !== undefined) await keepStamps(sqlite, database, options.content);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

function openFile(file: string): DatabaseSync {
  // Opening and closing a database that this process has open already would drop SQLite's locks on it (POSIX).
  if (file !== ':memory:' && !existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  const sqlite = new DatabaseSync(file, { timeout: statementBusyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    sqlite.exec('pragma journal_mode = wal');
    // A commit is answered as kept, so it must survive power loss: in WAL mode only FULL syncs at every commit.
    sqlite.exec('pragma synchronous = full');
    // What is deleted is zeroed in its page, and a page that is freed whole; what SQLite sets aside goes into no file.
    sqlite.exec('pragma secure_delete = on');
    sqlite.exec('pragma temp_store = memory');
    sqlite.exec('pragma trusted_schema = off');
    sqlite.exec('pragma cell_size_check = on');
    sqlite.exec('pragma cache_size = -65536');
    sqlite.exec('pragma journal_size_limit = 67108864');
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw translateFault(error);
  }
}

function keep(sqlite: DatabaseSync, { file, pageKey }: SqliteOptions): PageKeeper | undefined {
  if (pageKey === undefined) return undefined;
  try {
    return new PageKeeper(sqlite, file, pageKey);
  } catch (error) {
    sqlite.close();
    throw translateFault(error);
  }
}
