// The files of DATA/keys: which there are, and the root key's record in them.

import { dirname, join } from 'node:path';
import type { Random } from '#core/random.ts';
import {
  makePrivateFile,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
  syncFolders,
} from './private-files.ts';
import { parseRecord, type RootRecord, recordBytesMax, writeRecord } from './root-record.ts';

export interface RootFiles {
  readonly root: string;
  /** The root key that is to come, while it is rotated. */
  readonly next: string;
  /** The key that is to come under the one that is here: how a rotation goes on after a crash. */
  readonly bridge: string;
  readonly site: string;
}

export function rootFiles(dataFolder: string): RootFiles {
  const folder = join(dataFolder, 'keys');
  const root = join(folder, 'root.key');
  return { root, next: `${root}.next`, bridge: `${root}.bridge`, site: join(folder, 'site.key') };
}

/** Undefined when the file is not there. Throws a sentence when it cannot be used. */
export async function readRecord(file: string): Promise<RootRecord | undefined> {
  const text = await readPrivateFile(file, recordBytesMax, 'The root key');
  if (text === undefined) return undefined;
  const record = parseRecord(text);
  if (record !== undefined) return record;
  throw new Error(`The root key ${file} is not one of ours: restore the right file, nothing can be read without it.`);
}

/** As `readRecord`, with the faults of the file system in a sentence. */
export async function lookAtRecord(file: string): Promise<RootRecord | undefined> {
  return inWords(`The root key ${file} cannot be read`, () => readRecord(file));
}

/**
 * The record, or the one that `make` makes when the file is not there. Two who come at once get the same one. Throws a
 * sentence for the operator when it can be neither read nor made.
 */
export async function openRecord(
  file: string,
  make: () => Promise<RootRecord> | RootRecord,
  random: Random,
): Promise<RootRecord> {
  return inWords(`The root key ${file} can be neither read nor made`, async () => {
    const known = await readRecord(file);
    if (known === undefined) return makeRecord(file, await make(), random);
    // Whoever made it may have died, or not have come yet, to this: without its name, what the key wraps is lost.
    await syncFolders(dirname(file), dirname(file)).catch(() => undefined);
    return known;
  });
}

/** The file is whole or not there, and never takes another's place. */
async function makeRecord(file: string, record: RootRecord, random: Random): Promise<RootRecord> {
  try {
    await makePrivateFile(file, writeRecord(record), random.uuid());
    return record;
  } catch (error) {
    // Another process has made one meanwhile: there is only one.
    const made = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readRecord(file) : undefined;
    if (made === undefined) throw error;
    await syncFolders(dirname(file), dirname(file));
    return made;
  }
}

export async function replaceRecord(file: string, record: RootRecord, random: Random): Promise<void> {
  await replacePrivateFile(file, writeRecord(record), random.uuid());
}

/** What a rotation that never began, or one that is over, may have left. */
export async function removeLeftovers({ next, bridge }: RootFiles): Promise<void> {
  await removePrivateFile(bridge);
  await removePrivateFile(next);
}

async function inWords<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`${what}: ${code}.`, { cause: error });
  }
}
