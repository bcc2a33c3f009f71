// What a table of wrapped keys offers so that the root key can be replaced: its rows in order, and how to write them.

import type { Database } from '#stores/sql/database.ts';

export interface WrappedRow {
  readonly id: string;
  /** What the key is bound to: everything that identifies the row. */
  readonly context: string;
  readonly wrapped: Uint8Array;
}

export interface WrappedRows {
  /** For people: `key domains`. */
  readonly what: string;
  /** Of `openRootWrapping`. */
  readonly purpose: string;
  /** At most `limit` rows, by id, after this one; from the first after ''. */
  after(database: Database, id: string, limit: number): Promise<readonly WrappedRow[]>;
  /** In one transaction; a row that is not what it was stays. */
  replace(
    database: Database,
    changes: ReadonlyArray<{ readonly row: WrappedRow; readonly wrapped: Buffer }>,
  ): Promise<void>;
}

const batchRows = 200;

/** Every row, a batch at a time. */
export async function* batchesOf(rows: WrappedRows, database: Database): AsyncGenerator<readonly WrappedRow[], void> {
  for (let last = ''; ; ) {
    const batch = await rows.after(database, last, batchRows);
    const end = batch.at(-1);
    if (end === undefined) return;
    yield batch;
    last = end.id;
  }
}
