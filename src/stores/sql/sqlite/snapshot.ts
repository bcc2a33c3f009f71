// A consistent copy of the embedded database in one file, taken beside a running server or without one: for backups.

import { chmod, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { translateFault } from './faults.ts';

const busyTimeoutMs = 10_000;

/**
 * Writes what the last commit left into a new file (0600, synced), packed: without free pages, log or page checksums,
 * which the copy's first start makes. Writers go on meanwhile; the log grows until it is done. Stops this process's
 * event loop: for the command line. Resolves to the copy's size. Throws `storage-unavailable`, and EEXIST
 * when `copy` is there already.
 */
export async function snapshotSqlite(file: string, copy: string): Promise<number> {
  const handle = await open(copy, 'wx', 0o600);
  try {
    copyInto(file, copy);
    // SQLite may have made the file anew: the rights are ours again, whatever the umask.
    await chmod(copy, 0o600);
    await handle.sync();
    const folder = await open(dirname(copy), 'r');
    await folder.sync();
    await folder.close();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** An empty file is as good as none to VACUUM INTO. */
function copyInto(file: string, copy: string): void {
  const sqlite = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  try {
    sqlite.prepare('vacuum into ?').run(copy);
  } catch (error) {
    throw translateFault(error);
  } finally {
    sqlite.close();
  }
}
