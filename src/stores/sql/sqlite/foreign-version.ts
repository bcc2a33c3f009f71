// Whether another process has committed: one small read of the WAL index, and a question to SQLite when that changed.

import { closeSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { ForeignScope } from '../database.ts';
import { openStampWatch } from './stamps.ts';

export interface ForeignVersion {
  /** SQLite's `data_version`: now, or as it was at the last change of more than content. */
  read(scope?: ForeignScope): number;
  /** Call it once the connection is closed. */
  close(): void;
}

/** The first copy of the WAL index's header (https://www.sqlite.org/walformat.html §2.1): every commit changes it. */
const headerBytes = 48;

/**
 * A request asks many times, so an answer holds for one turn of the event loop: the requests that a turn serves had
 * begun to arrive before it, and whatever arrives later is served by a later turn, which asks anew.
 */
export function openForeignVersion(sqlite: DatabaseSync): ForeignVersion {
  const statement = sqlite.prepare('pragma data_version');
  // Undefined for a database in memory.
  const file = sqlite.location();
  const index = file === null ? undefined : openIndex(`${file}-shm`);
  const hasChanged = index === undefined ? () => true : openWatch(index.descriptor);
  const hasMoreChanged = openStampWatch(sqlite);
  let version = 0;
  let versionOfMore = 0;
  let isKnown = false;
  const forget = () => {
    isKnown = false;
  };
  const look = () => {
    // The header first: a commit between two of these reads is then noticed by the next look.
    if (hasChanged()) {
      const last = version;
      version = statement.get()?.['data_version'] as number;
      // The stamp last: what it tells of is then committed before this look ends, and whoever reads later sees it.
      if (version !== last && hasMoreChanged()) versionOfMore = version;
    }
    isKnown = true;
    setImmediate(forget);
  };
  return {
    read(scope) {
      if (!isKnown) look();
      return scope === 'all but content' ? versionOfMore : version;
    },
    close: () => index?.close(),
  };
}

/** True when the index's header is not what it was at the last call. */
function openWatch(descriptor: number): () => boolean {
  let seen = Buffer.alloc(headerBytes);
  let next = Buffer.alloc(headerBytes);
  return () => {
    if (readSync(descriptor, next, 0, headerBytes, 0) !== headerBytes) return true;
    if (next.equals(seen)) return false;
    [seen, next] = [next, seen];
    return true;
  };
}

/**
 * POSIX drops all locks that a process has on a file as soon as it closes any descriptor of it, SQLite's on the index
 * included: connections to one file share a descriptor, and the last one to go closes it.
 */
const indexes = new Map<string, { readonly descriptor: number; users: number }>();

function openIndex(file: string): { readonly descriptor: number; close(): void } | undefined {
  const index = indexes.get(file) ?? tryOpen(file);
  if (index === undefined) return undefined;
  index.users += 1;
  indexes.set(file, index);
  return {
    descriptor: index.descriptor,
    close() {
      index.users -= 1;
      if (index.users > 0) return;
      indexes.delete(file);
      closeSync(index.descriptor);
    },
  };
}

function tryOpen(file: string): { readonly descriptor: number; users: number } | undefined {
  try {
    return { descriptor: openSync(file, 'r'), users: 0 };
  } catch {
    return undefined;
  }
}
