// Keeps a checksum of every page of the database file, changed only together with the file: at our own checkpoints.

import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { isBusy } from '../faults.ts';
import { PageSums } from './page-sums.ts';
import { sumsFile } from './sums-file.ts';
import { newestFrames, overwriteFrames, readWalPlace, walRunOf } from './wal-file.ts';

/** Frames in the log that are worth a checkpoint: SQLite's own default. */
const checkpointFrames = 1000;

interface LogState {
  /** Frames in the log; 0 or less when there are none. */
  readonly frames: number;
  /** How many of them are in the database file. */
  readonly settled: number;
}

/**
 * SQLite checkpoints by itself at a commit and when the last connection closes; both would change pages behind our
 * back. The first is switched off here, the second finds nothing to do after `beforeClose`. Whoever checkpoints holds
 * the write lock from before the first page changes until the sums are synced: until then the log, which only a writer
 * begins anew, still holds every page that is being changed, so a crash at any point leaves each page right by its
 * sum or by the log. The same lock keeps processes from each other.
 */
export class PageKeeper {
  /** Holds the write lock while the other connection checkpoints: SQLite allows no checkpoint in a transaction. */
  readonly #lock: DatabaseSync;
  readonly #path: string;
  readonly #key: Buffer;
  readonly #pageBytes: number;
  readonly #state: StatementSync;
  readonly #checkpoint: StatementSync;
  /** Closing a descriptor of this file drops SQLite's own locks on it (POSIX): it is closed after the connection. */
  readonly #pages: number;
  #log: number | undefined;
  #sums: PageSums | undefined;
  #nextAttemptFrames = checkpointFrames;
  #fault: Error | undefined;

  /** Throws a sentence for the operator when the sums that are there were not written with this key. */
  constructor(database: DatabaseSync, path: string, key: Buffer) {
    // An older SQLite takes the word for a real checkpoint.
    if (!hasNoop(process.versions.sqlite)) throw new Error('SQLite 3.51 or newer is needed: start with a newer Node');
    this.#path = path;
    this.#key = key;
    database.exec('pragma wal_autocheckpoint = 0');
    this.#pageBytes = database.prepare('pragma page_size').get()?.['page_size'] as number;
    this.#state = database.prepare('pragma wal_checkpoint(noop)');
    this.#checkpoint = database.prepare('pragma wal_checkpoint(passive)');
    this.#lock = new DatabaseSync(path, { timeout: 0 });
    this.#lock.exec('pragma wal_autocheckpoint = 0');
    this.#pages = openSync(path, 'r');
    if (existsSync(sumsFile(path))) this.#sums = PageSums.open(path, key, this.#pageBytes);
    // What a crash left in the log gets its sums again, and a database without sums gets them.
    this.settle();
  }

  /** Tries again what failed; throws when it fails still: a database that cannot be settled takes no more writes. */
  assertSound(): void {
    if (this.#fault === undefined) return;
    this.settle();
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** After a commit: notes how far the log reaches, so that a lost end is noticed; now and then a checkpoint. */
  noteCommit(): void {
    if (this.#noteReached() >= this.#nextAttemptFrames) this.settle();
  }

  /** A checkpoint with its sums. Does nothing while another process writes. */
  settle(): void {
    try {
      // After a failure the lock is still held: pages may have changed whose sums have not.
      if (!this.#lock.isTransaction) this.#lock.exec('begin immediate');
    } catch (error) {
      if (isBusy(error)) return;
      throw error;
    }
    try {
      this.#settleLocked();
      this.#fault = undefined;
      this.#lock.exec('rollback');
    } catch (error) {
      this.#fault = error instanceof Error ? error : new Error(String(error));
    }
  }

  /**
   * Brings all of the log into the file, has `write` begin the log anew, and overwrites what is left of the old one.
   * False while a reader still needs it, or somebody else writes. `write` is a commit of whatever on the other
   * connection: one that finds all of the log in the file begins it from the front.
   */
  beginLogAnew(write: () => void): boolean {
    this.settle();
    if (this.#fault !== undefined) throw this.#fault;
    const { frames, settled } = stateOf(this.#state);
    if (frames > settled) return false;
    const before = frames > 0 ? walRunOf(this.#openLog()) : undefined;
    write();
    this.#noteReached();
    const { salt1, salt2 } = walRunOf(this.#openLog());
    if (before?.salt1 === salt1 && before.salt2 === salt2) return false;
    return this.#overwriteRest();
  }

  /** No reader can be in it: the log is begun anew only when none is, and the write lock keeps it from growing. */
  #overwriteRest(): boolean {
    try {
      this.#lock.exec('begin immediate');
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
    try {
      overwriteFrames(this.#openLog(), stateOf(this.#state).frames, this.#pageBytes);
      return true;
    } finally {
      this.#lock.exec('rollback');
    }
  }

  /** False when pages have no sums yet: then only the process's end may close the database, which keeps the log. */
  beforeClose(): boolean {
    this.settle();
    if (this.#fault !== undefined) return false;
    this.#lock.close();
    return true;
  }

  afterClose(): void {
    this.#sums?.close();
    for (const file of [this.#log, this.#pages]) if (file !== undefined) closeSync(file);
  }

  #settleLocked(): void {
    const frames = this.#noteReached();
    const newest = frames > 0 ? newestFrames(this.#openLog(), frames) : new Map<number, Buffer>();
    if (newest === undefined) throw new Error(`the write-ahead log of ${this.#path} is damaged: run sallyport verify`);
    const tainted = this.#sums?.begin(this.#pages, newest.keys()) ?? new Set<number>();
    const { settled } = stateOf(this.#checkpoint);
    const isWhole = frames <= 0 || settled === frames;
    // A reader of an older state keeps the rest out: not at once again.
    this.#nextAttemptFrames = isWhole ? checkpointFrames : frames + checkpointFrames / 4;
    const pages = fstatSync(this.#pages).size / this.#pageBytes;
    const run = frames > 0 ? { ...walRunOf(this.#openLog()), frames: settled } : undefined;
    if (this.#sums !== undefined) {
      this.#sums.change(this.#pages, { pages, run, newest, isWhole, tainted });
    } else if (isWhole) {
      // With frames left out of it, the file has no state of its own that could be summed: another time.
      this.#sums = PageSums.make(this.#path, this.#key, this.#pageBytes, { file: this.#pages, pages, run });
    }
  }

  /** The frames in the log. A note that cannot be written is weaker, not wrong: the commit stands. */
  #noteReached(): number {
    const { frames } = stateOf(this.#state);
    if (frames <= 0 || this.#sums === undefined) return frames;
    try {
      const place = readWalPlace(this.#openLog(), frames, this.#pageBytes);
      if (place !== undefined) this.#sums.noteReached(place);
    } catch {
      // The next commit notes its own place.
    }
    return frames;
  }

  /** SQLite keeps the file for as long as a connection is open. */
  #openLog(): number {
    this.#log ??= openSync(`${this.#path}-wal`, 'r+');
    return this.#log;
  }
}

function stateOf(statement: StatementSync): LogState {
  const row = statement.get() as { readonly log: number; readonly checkpointed: number };
  return { frames: row.log, settled: row.checkpointed };
}

function hasNoop(version = ''): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 51);
}
