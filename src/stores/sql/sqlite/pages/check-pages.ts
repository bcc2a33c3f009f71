// Finds every page of a database file, and every record of its checksums and log, that is not what was written.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pageSummer, readReached, readSettled, sumBytes, sumsFile, sumsStart } from './sums-file.ts';
import { walEndOf } from './wal-end.ts';
import { readWalFrames, readWalHeader } from './wal-file.ts';

export interface PageDamage {
  /** The file, as a suffix of the database's path: `` for the database itself, `-wal`, `-sums`. */
  readonly file: '' | '-wal' | '-sums';
  readonly what: string;
  /** The page, counted from 1, where one page is concerned. */
  readonly page?: number;
}

export interface PageReport {
  readonly pages: number;
  readonly damage: readonly PageDamage[];
}

/** A checkpoint changes a page and its sum one after the other: what is amiss is looked at again. */
const attempts = 4;
const againMsDefault = 250;
/** Looks during which a checkpoint began or ended say nothing; so many of them are not counted. */
const disturbedMax = 100;
const firstPageBytes = 100;

/**
 * Reads the whole file once. Works beside running processes, changes nothing. `key` is what the sums were made with.
 * A page is right when it has its sum, or, amid a checkpoint, when the log holds exactly these bytes for it.
 */
export async function checkPages(
  database: string,
  key: Buffer,
  { againMs = againMsDefault }: { readonly againMs?: number } = {},
): Promise<PageReport> {
  let report = lookAt(database, key, undefined);
  let disturbed = 0;
  let quiet = 0;
  while (report.damage.length > 0) {
    if (report.isDisturbed && disturbed < disturbedMax) disturbed += 1;
    else quiet += 1;
    // What counts last must be a quiet look too.
    if (quiet === attempts) break;
    await sleep(againMs);
    const again = lookAt(database, key, report.suspects);
    report = { ...again, pages: Math.max(report.pages, again.pages) };
  }
  const end = walEndOf(database, key);
  const log: PageDamage[] =
    end.state === 'whole' ? [] : [{ file: '-wal', what: `${end.what}${end.isLost ? '; commits are lost' : ''}` }];
  return { pages: report.pages, damage: [...report.damage, ...log] };
}

interface Look {
  readonly pages: number;
  readonly damage: readonly PageDamage[];
  /** What to look at again; undefined for everything. */
  readonly suspects: ReadonlySet<number> | undefined;
  /** The sums were settled anew while the pages were read. */
  readonly isDisturbed: boolean;
}

function lookAt(database: string, key: Buffer, only: ReadonlySet<number> | undefined): Look {
  const files: number[] = [];
  const open = (path: string): number => {
    const file = openSync(path, 'r');
    files.push(file);
    return file;
  };
  try {
    const sums = readSums(open, database, key);
    if ('damage' in sums) {
      // The record is read before the sums: a checkpoint may have added some in between.
      const isDisturbed = !('damage' in readSums(open, database, key));
      return { pages: 0, damage: [sums.damage], suspects: undefined, isDisturbed };
    }
    const look = comparePages(open(database), database, key, sums, only);
    const after = readSums(open, database, key);
    return { ...look, isDisturbed: 'damage' in after || !after.bytes.equals(sums.bytes) || after.place !== sums.place };
  } finally {
    for (const file of files) closeSync(file);
  }
}

interface Sums {
  readonly pages: number;
  readonly isUnderWay: boolean;
  /** How far into which log the sums are settled. */
  readonly place: string;
  /** The sum of page n begins at 8 (n - 1). */
  readonly bytes: Buffer;
}

function readSums(open: (path: string) => number, database: string, key: Buffer): Sums | { damage: PageDamage } {
  const path = sumsFile(database);
  let file: number;
  try {
    file = open(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      damage: { file: '-sums', what: code === 'ENOENT' ? 'the file is missing' : `it cannot be read: ${code}` },
    };
  }
  const settled = readSettled(file, key);
  const isNoted = readReached(file, key) !== undefined;
  if (settled === undefined || !isNoted) {
    return { damage: { file: '-sums', what: 'its records are damaged, or of another root key' } };
  }
  const bytes = Buffer.alloc(settled.pages * sumBytes);
  const hasMore = fstatSync(file).size > sumsStart + bytes.length;
  // A checkpoint under way writes the sums of new pages before it says how many there are.
  if (readSync(file, bytes, 0, bytes.length, sumsStart) !== bytes.length || (hasMore && !settled.isUnderWay)) {
    return { damage: { file: '-sums', what: `it does not hold the checksums of ${settled.pages} pages` } };
  }
  const { pages, isUnderWay, salt1, salt2, frames } = settled;
  return { pages, isUnderWay, place: `${salt1}/${salt2}/${frames}/${isUnderWay}`, bytes };
}

function comparePages(
  file: number,
  database: string,
  key: Buffer,
  sums: Sums,
  only: ReadonlySet<number> | undefined,
): Omit<Look, 'isDisturbed'> {
  const pageBytes = pageBytesOf(file, sums, fstatSync(file).size);
  const summer = pageSummer(key, pageBytes);
  const pages = Math.max(sums.pages, Math.ceil(fstatSync(file).size / pageBytes));
  const found = new Map<number, Buffer>();
  const bytes = Buffer.alloc(pageBytes);
  for (let page = 1; page <= pages; page += 1) {
    if (only !== undefined && !only.has(page)) continue;
    const filled = readSync(file, bytes, 0, pageBytes, (page - 1) * pageBytes);
    const sum = summer(page, bytes.subarray(0, filled));
    if (filled < pageBytes || !isSumOf(sums, page, sum)) found.set(page, sum);
  }
  if (found.size > 0 && sums.isUnderWay) forgetLogged(`${database}-wal`, found, summer);
  const damage = [...found.keys()].map((page): PageDamage => {
    return { file: '', page, what: `page ${page} is not what was written, or its checksum was changed` };
  });
  return { pages, damage, suspects: new Set(found.keys()) };
}

function isSumOf({ pages, bytes }: Sums, page: number, sum: Buffer): boolean {
  return page <= pages && bytes.subarray((page - 1) * sumBytes, page * sumBytes).equals(sum);
}

/** As the header says; where that is damaged, what the number of sums says. */
function pageBytesOf(file: number, sums: Sums, sizeBytes: number): number {
  const header = Buffer.alloc(firstPageBytes);
  readSync(file, header, 0, firstPageBytes, 0);
  const said = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const isPossible = said >= 512 && (said & (said - 1)) === 0;
  return isPossible ? said : sums.pages > 0 ? 2 ** Math.round(Math.log2(Math.max(512, sizeBytes / sums.pages))) : 4096;
}

/** Takes out the pages whose bytes the log holds. */
function forgetLogged(path: string, found: Map<number, Buffer>, summer: ReturnType<typeof pageSummer>): void {
  let log: number;
  try {
    log = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    const header = readWalHeader(log);
    for (const { page, content } of header === undefined ? [] : readWalFrames(log, header)) {
      if (found.get(page)?.equals(summer(page, content)) === true) found.delete(page);
    }
  } finally {
    closeSync(log);
  }
}
