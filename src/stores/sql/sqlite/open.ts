// Opens the embedded database: SQLite through node:sqlite, durable at every commit, shared politely with the CLI.

import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Dialect, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Transaction } from 'kysely';
import type { Database, Migration } from '../database.ts';
import { migrate } from '../migrate.ts';
import { SqliteDriver } from './driver.ts';
import { translateFault } from './faults.ts';

export interface SqliteOptions {
  /** A path, or `:memory:`. The file is made with mode 0600 when it is not there. */
  readonly file: string;
  readonly migrations: readonly Migration[];
  /** How long a transaction waits while another process writes; 10 s when left out. */
  readonly busyTimeoutMs?: number;
}

/** Statements outside `transact` wait inside SQLite, which stops the event loop: only briefly. */
const statementBusyTimeoutMs = 200;

/**
 * Opens, checks and migrates. Throws the system's error when the file cannot be opened or made, `storage-unavailable`
 * when it is damaged or no database, and a plain sentence when a newer build wrote it.
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const sqlite = openFile(options.file);
  const database = databaseOver(sqlite, options.busyTimeoutMs ?? 10_000);
  try {
    await migrate(database, options.migrations);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

function openFile(file: string): DatabaseSync {
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
  const sqlite = new DatabaseSync(file, { timeout: statementBusyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    sqlite.exec('pragma journal_mode = wal');
    // A commit is answered as kept, so it must survive power loss: in WAL mode only FULL syncs at every commit.
    sqlite.exec('pragma synchronous = full');
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

/** Kysely would put a lock of its own before the driver's queue, and never free it when acquiring fails. */
class QueuedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** The transaction that the running code is inside of; `open` turns false at its end, for what it left running. */
type Inside = AsyncLocalStorage<{ open: boolean }>;

function viewOf<Tables>(kysely: Kysely<unknown>): Kysely<Tables> {
  // Kysely's types of tables exist for the compiler only: each room says what its migrations have made.
  return kysely as unknown as Kysely<Tables>;
}

function databaseOver(sqlite: DatabaseSync, busyTimeoutMs: number): Database {
  const inside: Inside = new AsyncLocalStorage();
  const dialect: Dialect = {
    createAdapter: () => new QueuedAdapter(),
    createDriver: () => guarded(new SqliteDriver(sqlite, busyTimeoutMs), inside),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  const kysely = new Kysely<unknown>({ dialect });
  return {
    tables: <Tables>() => viewOf<Tables>(kysely),
    transact: (work) => transact(kysely, inside, work),
    foreignVersion: versionReader(sqlite),
    close: () => kysely.destroy(),
  };
}

/**
 * One request asks many times in one go. The answer holds until the running piece of code has ended: nothing that
 * arrives later can be answered from it.
 */
function versionReader(sqlite: DatabaseSync): () => number {
  const statement = sqlite.prepare('pragma data_version');
  let known: number | undefined;
  const forget = () => {
    known = undefined;
  };
  return () => {
    if (known === undefined) {
      known = statement.get()?.['data_version'] as number;
      queueMicrotask(forget);
    }
    return known;
  };
}

async function transact<Tables, Result>(
  kysely: Kysely<unknown>,
  inside: Inside,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  const mark = { open: true };
  try {
    return await viewOf<Tables>(kysely)
      .transaction()
      .execute((transaction) => inside.run(mark, () => work(transaction)));
  } finally {
    mark.open = false;
  }
}

/** Asking for the connection inside a transaction would wait for that transaction for ever: fail at once instead. */
function guarded(driver: SqliteDriver, inside: Inside): SqliteDriver {
  const acquire = driver.acquireConnection.bind(driver);
  driver.acquireConnection = () => {
    if (inside.getStore()?.open === true) {
      return Promise.reject(new Error('a query outside the transaction was made inside it: use the transaction'));
    }
    return acquire();
  };
  return driver;
}
