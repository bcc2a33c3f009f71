// The SQL database as rooms see it: typed tables, one kind of transaction, and a cheap way to notice other processes.

import type { Kysely, Transaction } from 'kysely';

/**
 * Which commits of other processes count. Content is what pushes and removals of images write: the tables that the
 * database was opened with as such.
 */
export type ForeignScope = 'everything' | 'all but content';

/** Content by table: all of it, or these columns. */
export type ContentTables = ReadonlyMap<string, 'all' | readonly string[]>;

export interface Database {
  /** A typed view of the tables a room owns. Reads outside a transaction see the last commit. */
  tables<Tables>(): Kysely<Tables>;
  /**
   * Runs `work` in one read-write transaction (serialised: no two at once on SQLite) and resolves after the commit
   * is durable. Anything thrown rolls back and is rethrown. Do no I/O but SQL inside.
   */
  transact<Tables, Result>(work: (transaction: Transaction<Tables>) => Promise<Result>): Promise<Result>;
  /**
   * The transaction that the running code is inside of, for a look-up that may be made there; undefined outside. What
   * it finds may still be rolled back, and nobody outside may be kept waiting for it.
   */
  here<Tables>(): Transaction<Tables> | undefined;
  /**
   * A number that changes once another process has committed: the guard of every cache. An answer holds for one turn
   * of the event loop. This process invalidates its own caches as it commits. Synchronous and cheap (microseconds).
   * `all but content` may change more often than it must, never less.
   */
  foreignVersion(scope?: ForeignScope): number;
  /**
   * Makes sure that what earlier commits deleted or overwrote in these tables is in no file of the database any more.
   * False while somebody reads an older state, or writes: call again. Takes time by the rows that are left in them, and
   * nobody else's query meanwhile.
   */
  clearDeleted(tables: readonly string[]): Promise<boolean>;
  close(): Promise<void>;
}

/** One step of the schema. Names sort in the order of application and are never changed once released. */
export interface Migration {
  /** `0001-accounts`: unique over all rooms. */
  readonly name: string;
  readonly up: (database: Kysely<unknown>) => Promise<void>;
}
