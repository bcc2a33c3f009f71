// The page checksums of an open database: made once, changed under the database's write lock, synced before it is left.

import { closeSync, fdatasyncSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  pageSummer,
  readSettled,
  type Settled,
  sumBytes,
  sumsFile,
  sumsStart,
  writeReached,
  writeSettled,
} from './sums-file.ts';
import type { WalPlace } from './wal-file.ts';

export interface SumsChange {
  /** Pages of the database file now. */
  readonly pages: number;
  /** The log's run and how many frames of it are in the file; undefined without a log. */
  readonly run: Omit<Settled, 'pages' | 'isUnderWay'> | undefined;
  /** The newest bytes of each page in the log. */
  readonly newest: ReadonlyMap<number, Buffer>;
  /** True when all of the log is in the file. */
  readonly isWhole: boolean;
  /** Pages that did not have their sum before they were changed: they never get another. */
  readonly tainted: ReadonlySet<number>;
}

const noRun = { salt1: 0, salt2: 0, frames: 0 };

export class PageSums {
  readonly #file: number;
  readonly #key: Buffer;
  readonly #pageBytes: number;
  readonly #summer: ReturnType<typeof pageSummer>;

  private constructor(file: number, key: Buffer, pageBytes: number) {
    this.#file = file;
    this.#key = key;
    this.#pageBytes = pageBytes;
    this.#summer = pageSummer(key, pageBytes);
  }

  static open(database: string, key: Buffer, pageBytes: number): PageSums {
    const file = openSync(sumsFile(database), 'r+');
    if (readSettled(file, key) !== undefined) return new PageSums(file, key, pageBytes);
    closeSync(file);
    throw new Error(
      `The page checksums ${sumsFile(database)} are damaged or belong to another root key. Run \`sallyport verify\`; ` +
        'if the database is sound by all else, move that file away: the next start makes it anew.',
    );
  }

  /** Sums every page of a database that has no sums yet. */
  static make(
    database: string,
    key: Buffer,
    pageBytes: number,
    from: { readonly file: number; readonly pages: number; readonly run: SumsChange['run'] },
  ): PageSums {
    const path = sumsFile(database);
    const sums = new PageSums(openSync(`${path}.new`, 'w+', 0o600), key, pageBytes);
    const run = from.run ?? noRun;
    writeReached(sums.#file, key, { ...run, sum1: 0, sum2: 0, frames: 0 });
    writeSettled(sums.#file, key, { ...run, pages: 0, isUnderWay: true });
    sums.change(from.file, { ...from, newest: new Map(), isWhole: true, tainted: new Set() });
    renameSync(`${path}.new`, path);
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
    return sums;
  }

  /**
   * Before a checkpoint changes these pages: those of them that are not what was written. A change of a page would
   * otherwise give what somebody put beside it a sum of its own. Durable when it returns.
   */
  begin(database: number, pages: Iterable<number>): ReadonlySet<number> {
    const before = this.#settled();
    const tainted = new Set<number>();
    // After a crash in the middle of a checkpoint pages may be torn: this one writes all of them again.
    if (!before.isUnderWay) {
      for (const page of pages) {
        if (page <= before.pages && !this.#sumOf(database, page).equals(this.#read(page))) tainted.add(page);
      }
    }
    writeSettled(this.#file, this.#key, { ...before, isUnderWay: true });
    fdatasyncSync(this.#file);
    return tainted;
  }

  change(database: number, { pages, run, newest, isWhole, tainted }: SumsChange): void {
    const before = this.#settled();
    for (const [page, bytes] of newest) {
      if (page > pages || tainted.has(page)) continue;
      this.#write(page, isWhole ? this.#summer(page, bytes) : this.#sumOf(database, page));
    }
    // One page of a large database is never written (its lock-byte page): it is in no log.
    for (let page = before.pages + 1; page <= pages; page += 1) {
      if (!newest.has(page)) this.#write(page, this.#sumOf(database, page));
    }
    writeSettled(this.#file, this.#key, { ...(run ?? before), pages, isUnderWay: false });
    fdatasyncSync(this.#file);
  }

  /** Not synced: a note that was lost names an earlier commit, which is weaker and not wrong. */
  noteReached(place: WalPlace): void {
    writeReached(this.#file, this.#key, place);
  }

  close(): void {
    closeSync(this.#file);
  }

  #settled(): Settled {
    const settled = readSettled(this.#file, this.#key);
    if (settled === undefined) throw new Error('the page checksums were changed by somebody else');
    return settled;
  }

  #read(page: number): Buffer {
    const sum = Buffer.alloc(sumBytes);
    readSync(this.#file, sum, 0, sumBytes, sumsStart + (page - 1) * sumBytes);
    return sum;
  }

  #sumOf(database: number, page: number): Buffer {
    const bytes = Buffer.alloc(this.#pageBytes);
    readSync(database, bytes, 0, bytes.length, (page - 1) * bytes.length);
    return this.#summer(page, bytes);
  }

  #write(page: number, sum: Buffer): void {
    writeSync(this.#file, sum, 0, sumBytes, sumsStart + (page - 1) * sumBytes);
  }
}
