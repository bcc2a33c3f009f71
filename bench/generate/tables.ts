// Inserts rows of the site's own tables as fast as SQLite takes them: one prepared statement a table, nothing synced.

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { ImageTables } from '../../src/registry/images/tables.ts';
import type { LayerTables } from '../../src/registry/layers/tables.ts';

type Tables = ImageTables & LayerTables;

export interface BulkTables {
  /** The row's type is the table's own: a column that a push comes to write must be written here too. */
  insert<Name extends keyof Tables>(table: Name, row: Tables[Name]): void;
  setImageCount(repositoryId: number, count: number): void;
  /** Makes a transaction of what was inserted since. */
  commit(): void;
  close(): void;
}

/**
 * Opens a database that already has its tables. Nobody else may use it meanwhile. Foreign keys are not checked: who
 * fills it writes what is referred to.
 */
export function openBulkTables(file: string): BulkTables {
  const sqlite = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  sqlite.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -1048576; begin');
  const statements = new Map<string, StatementSync>();
  return {
    insert(table, row) {
      let statement = statements.get(table);
      if (statement === undefined) {
        const columns = Object.keys(row);
        const marks = columns.map(() => '?').join(', ');
        statement = sqlite.prepare(`insert into ${table} (${columns.join(', ')}) values (${marks})`);
        statements.set(table, statement);
      }
      statement.run(...(Object.values(row) as SQLInputValue[]));
    },
    setImageCount(repositoryId, count) {
      sqlite.prepare('update repository set image_count = ? where repository_id = ?').run(count, repositoryId);
    },
    commit: () => sqlite.exec('commit; begin'),
    close() {
      sqlite.exec('commit; pragma journal_mode = wal');
      sqlite.close();
    },
  };
}
