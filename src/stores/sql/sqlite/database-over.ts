// A Database over one connection of node:sqlite: turns, transactions, and the guard against queries beside them.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import { type Dialect, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Transaction } from 'kysely';
import type { Database } from '../database.ts';
import { SqliteDriver } from './driver.ts';
import { openForeignVersion } from './foreign-version.ts';
import type { PageKeeper } from './pages/page-keeper.ts';
import { type Inside, SharedCommits } from './shared-commits.ts';

/** Kysely would put a lock of its own before the driver's queue, and never free it when acquiring fails. */
class QueuedAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function viewOf<Tables>(kysely: Kysely<unknown>): Kysely<Tables> {
  // Kysely's types of tables exist for the compiler only: each room says what its migrations have made.
  return kysely as unknown as Kysely<Tables>;
}

/** The database over an open connection, which it closes. */
export function databaseOver(sqlite: DatabaseSync, busyTimeoutMs: number, keeper?: PageKeeper): Database {
  const version = openForeignVersion(sqlite);
  const inside: Inside = new AsyncLocalStorage();
  const driver = guarded(new SqliteDriver(sqlite, busyTimeoutMs, keeper), inside);
  const dialect: Dialect = {
    createAdapter: () => new QueuedAdapter(),
    createDriver: () => driver,
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  const kysely = new Kysely<unknown>({ dialect });
  const commits = new SharedCommits(sqlite, kysely, inside);
  return {
    tables: <Tables>() => viewOf<Tables>(kysely),
    transact<Tables, Result>(work: (transaction: Transaction<Tables>) => Promise<Result>) {
      if (inside.getStore()?.open === true) return Promise.reject(besideError());
      // As with `viewOf`.
      return commits.run(work as unknown as Parameters<typeof commits.run>[0]) as Promise<Result>;
    },
    here<Tables>() {
      const mark = inside.getStore();
      // As with `viewOf`.
      return mark?.open === true ? (mark.transaction as unknown as Transaction<Tables>) : undefined;
    },
    foreignVersion: (scope) => version.read(scope),
    clearDeleted: (tables) => driver.clearDeleted(tables),
    async close() {
      await commits.settled();
      await kysely.destroy();
      version.close();
    },
  };
}

/** Asking for the connection inside a transaction would wait for that transaction for ever: fail at once instead. */
function guarded(driver: SqliteDriver, inside: Inside): SqliteDriver {
  const acquire = driver.acquireConnection.bind(driver);
  driver.acquireConnection = () => {
    return inside.getStore()?.open === true ? Promise.reject(besideError()) : acquire();
  };
  return driver;
}

function besideError(): Error {
  return new Error('a query outside the transaction was made inside it: use the transaction');
}
