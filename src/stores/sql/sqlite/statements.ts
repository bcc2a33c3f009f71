// Prepared statements by their SQL text: preparing costs more than most of our queries themselves.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';

/** Enough for every distinct query of the product; lists of varying length would otherwise grow without end. */
const statementsMax = 500;

export interface Prepared {
  readonly statement: StatementSync;
  /** True when the statement answers rows (a select, or a write with `returning`). */
  readonly answersRows: boolean;
}

export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new LRUCache<string, Prepared>({ max: statementsMax });

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The statement for this text, prepared at most once while it stays in use. */
  prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    const prepared = { statement, answersRows: statement.columns().length > 0 };
    this.#prepared.set(text, prepared);
    return prepared;
  }

  /** Forgets all: a change of the schema may change what columns a statement answers. */
  clear(): void {
    this.#prepared.clear();
  }
}
