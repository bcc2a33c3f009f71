// Kysely's driver over node:sqlite: one connection, taken in turns, with cached statements.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import { beginLogAnew, rewriteTables } from './clear-deleted.ts';
import { isBusy, storageFault, translateFault } from './faults.ts';
import type { PageKeeper } from './pages/page-keeper.ts';
import { Statements } from './statements.ts';
import { Turns } from './turns.ts';

/** Between two attempts to begin while another process writes; waiting inside SQLite would stop the event loop. */
const beginRetryMs = 10;

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
  readonly #beginAttemptsMax: number;
  readonly #keeper: PageKeeper | undefined;

  constructor(database: DatabaseSync, busyTimeoutMs: number, keeper?: PageKeeper) {
    this.#database = database;
    this.#keeper = keeper;
    this.#connection = new SqliteConnection(database);
    this.#beginAttemptsMax = Math.max(1, Math.ceil(busyTimeoutMs / beginRetryMs));
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
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#database.exec('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error) || attempt >= this.#beginAttemptsMax) throw translateFault(error);
      }
      await sleep(beginRetryMs);
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
