// Tells a disk that failed from a query that failed: the first is nobody's fault and worth a retry later.

import { DomainError } from '#core/errors.ts';

/** SQLite's primary result codes that mean "the storage, not the statement" (sqlite.org/rescode.html). */
const storageCodes: ReadonlyMap<number, string> = new Map([
  [5, 'busy'],
  [6, 'locked'],
  [8, 'read-only'],
  [10, 'input/output error'],
  [11, 'corrupt'],
  [13, 'full'],
  [14, 'cannot be opened'],
  [26, 'not a database'],
]);

/** The primary result code of an error that node:sqlite threw; undefined for anything else. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** True while another process holds the write lock. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === 5;
}

/** The error as rooms see it: `storage-unavailable` when the disk is at fault, else the error itself. */
export function translateFault(error: unknown): unknown {
  const code = sqliteCode(error);
  const what = code === undefined ? undefined : storageCodes.get(code);
  return what === undefined ? error : storageFault(`the database is ${what}`, error);
}

/** `storage-unavailable`, with what the log says about it. */
export function storageFault(what: string, cause: unknown): DomainError<'storage-unavailable'> {
  return new DomainError(
    'storage-unavailable',
    'The storage is unavailable. Try again later.',
    {},
    { cause, log: `SQLite: ${what}` },
  );
}
