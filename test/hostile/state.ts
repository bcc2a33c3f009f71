// What a server has stored, as one text: two equal texts mean that nothing was changed in between.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface StateReader {
  read(): string;
  close(): void;
}

/** When something was last used is no state that a caller can change to anybody's harm. */
const ignored = new Set(['last_pulled_at_ms', 'touched_at_ms']);
/** Notes that the server keeps by itself, some moments later: who used which key, what was denied, what was cleared. */
const notes = new Set([
  ...['access_key_use', 'denial', 'iam_activity', 'issued', 'kms_clearing', 'registry_token_use'],
  // Says that one of these, or anything else, was written.
  'commit_stamp',
]);

/** Reads every row of every table beside the running server, and the names of the blob files. */
export function openStateReader(dataFolder: string): StateReader {
  const database = new DatabaseSync(join(dataFolder, 'sallyport.db'), { readOnly: true });
  const tables = database
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !notes.has(name));
  const statements = tables.map((table) => {
    const columns = database
      .prepare(`select name from pragma_table_info('${table}') order by cid`)
      .all()
      .map(({ name }) => String(name))
      .filter((name) => !ignored.has(name));
    const list = columns.map((name) => `"${name}"`).join(', ');
    return { table, rows: database.prepare(`select ${list} from "${table}" order by ${list}`) };
  });
  return {
    read() {
      const parts = statements.map(({ table, rows }) => `${table} ${JSON.stringify(rows.all(), bytesAsHex)}`);
      return [...parts, ...blobFiles(join(dataFolder, 'blobs'))].join('\n');
    },
    close: () => database.close(),
  };
}

function bytesAsHex(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

function blobFiles(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
