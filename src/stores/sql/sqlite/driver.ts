// Kysely's driver over node:sqlite: one connection, taken in turns, with cached statements.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import { beginLogAnew, rewriteTables } from './clear-deleted.ts';
import { isBusy, storageFault, translateFault } from './faults.ts';
import type { PageKeeper } from './pages/page-keeper.ts';
import { Statements } from './statements.ts';
import { Turns } from './turns.ts';

/**
 * Between attempts to begin while another process writes: about as long as it takes to write and sync, then longer.
 * Longer waits would leave the lock to whoever had it last.
 */
const beginRetriesMs = [1, 1, 2, 2, 4];

/** SQLite's own wait for the lock would stop the event loop. The second time-out is for what runs by itself. */
const beginAtOnce = 'pragma busy_timeout = 0; begin immediate';

class SqliteConnection implements DatabaseConnection {
  readonly statements: Statements;

  constructor(database: DatabaseSync) {
    this.statements = new Statements(database);
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      return Promise.resolve(this.#execute<Row>(query));
    } catch (error) {
      return Promise.reject(translateFault(error));
    }
  }

  #execute<Row>(query: CompiledQuery): QueryResult<Row> {
    const { statement, answersRows } = this.statements.prepare(query.sql);
    const parameters = query.parameters as readonly SQLInputValue[];
    if (answersRows) return { rows: statement.all(...parameters) as Row[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: a stream would hold the one connection while its reader sleeps
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming is not served: read in pages');
  }
}

export class SqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #connection: SqliteConnection;
  readonly #turns = new Turns();
  readonly #busyTimeoutMs: number;
  readonly #waitAsBefore: string;
  readonly #keeper: PageKeeper | undefined;

  constructor(database: DatabaseSync, busyTimeoutMs: number, keeper?: PageKeeper) {
    this.#database = database;
    this.#keeper = keeper;
    this.#connection = new SqliteConnection(database);
    this.#busyTimeoutMs = busyTimeoutMs;
    const before = database.prepare('pragma busy_timeout').get()?.['timeout'];
    this.#waitAsBefore = `pragma busy_timeout = ${String(before)}`;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turns.take();
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#turns.pass();
  }

  /** IMMEDIATE takes the write lock at once, so that no transaction fails half-way for want of it. */
  async beginTransaction(): Promise<void> {
    this.#assertSound();
    let waitedMs = 0;
    for (let attempt = 0; !this.#tryBegin(waitedMs < this.#busyTimeoutMs); attempt += 1) {
      const waitMs = beginRetriesMs[Math.min(attempt, beginRetriesMs.length - 1)] ?? 1;
      await sleep(waitMs);
      waitedMs += waitMs;
    }
  }

  /** False while another process writes. */
  #tryBegin(mayWait: boolean): boolean {
    try {
      this.#database.exec(beginAtOnce);
      return true;
    } catch (error) {
      if (mayWait && isBusy(error)) return false;
      throw translateFault(error);
    } finally {
      this.#database.exec(this.#waitAsBefore);
    }
  }

  async commitTransaction(): Promise<void> {
    try {
      this.#database.exec('commit');
    } catch (error) {
      throw translateFault(error);
    }
    this.#keeper?.noteCommit();
  }

  /** A full disk makes SQLite roll back by itself; then there is nothing left to do. */
  async rollbackTransaction(): Promise<void> {
    if (this.#database.isTransaction) this.#database.exec('rollback');
  }

  /** See `Database.clearDeleted`. */
  async clearDeleted(tables: readonly string[]): Promise<boolean> {
    await this.acquireConnection();
    try {
      const transaction = { begin: () => this.beginTransaction(), commit: () => this.commitTransaction() };
      await rewriteTables(this.#database, tables, transaction);
      return beginLogAnew(this.#database, this.#keeper);
    } catch (error) {
      throw translateFault(error);
    } finally {
      await this.releaseConnection();
    }
  }

  async destroy(): Promise<void> {
    await this.#turns.take();
    this.#connection.statements.clear();
    if (this.#keeper?.beforeClose() === false) return;
    this.#database.close();
    this.#keeper?.afterClose();
  }

  #assertSound(): void {
    try {
      this.#keeper?.assertSound();
    } catch (error) {
      throw storageFault('its pages cannot be brought up to date', error);
    }
  }
}
