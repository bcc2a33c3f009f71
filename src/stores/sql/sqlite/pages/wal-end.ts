// Whether the write-ahead log is as whole as the note of its last commit says: SQLite drops a damaged end silently.

import { closeSync, fstatSync, openSync } from 'node:fs';
import { readReached, readSettled, type Settled, sumsFile } from './sums-file.ts';
import { readWalFrames, readWalHeader, type WalPlace } from './wal-file.ts';

export type WalEnd =
  | { readonly state: 'whole' }
  /** Bytes were changed or lost; `isLost` when commits that were answered are nowhere else. */
  | { readonly state: 'damaged'; readonly what: string; readonly isLost: boolean };

const whole: WalEnd = { state: 'whole' };
/** A note of an earlier run is late, not wrong: another process wrote it while the log began anew. */
const lateRunsMax = 1000;

/** Throws a sentence for the operator when the log lost commits. Call it before SQLite opens the database. */
export function assertLogReaches(database: string, key: Buffer): void {
  const end = walEndOf(database, key);
  if (end.state === 'whole' || !end.isLost) return;
  const sums = sumsFile(database);
  throw new Error(
    `The database's write-ahead log is damaged: ${end.what}. Writes that were answered would be lost. Restore a ` +
      `backup, or, to go on without them, move ${sums} away and start again.`,
  );
}

/** Looks again when something is amiss: a process that writes meanwhile may have begun the log anew. */
export function walEndOf(database: string, key: Buffer): WalEnd {
  let end = whole;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    end = lookOnce(database, key);
    if (end.state === 'whole') return end;
  }
  return end;
}

function lookOnce(database: string, key: Buffer): WalEnd {
  const notes = withFile(sumsFile(database), (file) => {
    return { settled: readSettled(file, key), reached: readReached(file, key) };
  });
  if (notes?.settled === undefined || notes.reached === undefined) return whole;
  const { settled, reached } = notes as { settled: Settled; reached: WalPlace };
  const isLost = isNeeded(settled, reached);
  const found = withFile(`${database}-wal`, (file) => placeOf(file, reached.frames));
  if (found === undefined) {
    return isLost ? { state: 'damaged', what: 'the file is missing', isLost } : whole;
  }
  const { header, place } = found;
  if (header === 'empty') return isLost ? { state: 'damaged', what: 'the file is empty', isLost } : whole;
  if (header === 'damaged') return { state: 'damaged', what: 'its header was changed', isLost };
  const isSameRun = header.salt1 === reached.salt1 && header.salt2 === reached.salt2;
  // A younger run, whose first commit nobody has noted yet, follows only a run that is in the database whole.
  if (!isSameRun) return isLost ? { state: 'damaged', what: 'it is not the log that was written', isLost } : whole;
  if (place !== undefined && place.sum1 === reached.sum1 && place.sum2 === reached.sum2) return whole;
  const what = `frame ${(place?.frames ?? 0) + 1} of ${reached.frames} was changed or is missing`;
  return { state: 'damaged', what, isLost };
}

/** True when the note names frames that the database file does not hold yet. */
function isNeeded(settled: Settled, reached: WalPlace): boolean {
  if (settled.salt1 === reached.salt1 && settled.salt2 === reached.salt2) return reached.frames > settled.frames;
  const runsBack = (settled.salt1 - reached.salt1) >>> 0;
  return reached.frames > 0 && !(runsBack > 0 && runsBack <= lateRunsMax);
}

/** The place after the last intact frame, at most the asked one. */
function placeOf(file: number, frames: number) {
  const header = readWalHeader(file);
  if (header === undefined) return { header: isEmpty(file) ? ('empty' as const) : ('damaged' as const) };
  let place: WalPlace = { ...header, frames: 0 };
  for (const frame of readWalFrames(file, header)) {
    if (frame.number > frames) break;
    place = frame.place;
  }
  return { header, place };
}

function isEmpty(file: number): boolean {
  return fstatSync(file).size === 0;
}

/** Undefined when there is no such file. */
function withFile<Result>(path: string, use: (file: number) => Result): Result | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
