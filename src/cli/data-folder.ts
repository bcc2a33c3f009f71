// The data folder: made private, checked, and held by one server at a time.

import { access, constants, link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably } from '#std/durable-folders.ts';

const lockName = 'lock';
export const databaseName = 'sallyport.db';

/** The folder cannot be used, or another server has it: one sentence. */
export class DataFolderError extends Error {}

export interface DataFolder {
  readonly path: string;
  /** Lets go of the folder. */
  release(): Promise<void>;
}

/** Makes the folder durably when it is missing (0700) and checks that it can be used. */
export async function prepareDataFolder(path: string): Promise<void> {
  try {
    await makeFolderDurably(path);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataFolderError(`The data folder ${path} cannot be used: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** For commands that look at a site and must not make one: the folder has to be there, with a database in it. */
export async function requireSite(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.X_OK);
    await access(join(path, databaseName), constants.R_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new DataFolderError(`There is no site in ${path}: the first start makes one, or name another --data.`);
    }
    throw new DataFolderError(`The data folder ${path} cannot be used: ${code}.`);
  }
}

/** Takes the folder for this process. A lock that a dead process left behind is taken over. */
export async function lockDataFolder(path: string): Promise<DataFolder> {
  await prepareDataFolder(path);
  const file = join(path, lockName);
  const mine = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(file, mine)) return { path, release: () => release(file, mine) };
    const holder = await readHolder(file);
    if (holder !== undefined && holder.isAlive) {
      throw new DataFolderError(`The data folder ${path} is in use by the server with pid ${holder.pid}.`);
    }
    if (holder !== undefined) await removeStale(file, holder.text, mine);
  }
  throw new DataFolderError(`The data folder ${path} could not be locked: others keep taking it.`);
}

/** The pid of the server that has the folder; undefined when none has. */
export async function holderOf(path: string): Promise<number | undefined> {
  const holder = await readHolder(join(path, lockName));
  return holder?.isAlive === true ? holder.pid : undefined;
}

let attempts = 0;

/** Written beside, then linked into place: a lock is never seen half, not even after a full disk. */
async function create(file: string, text: string): Promise<boolean> {
  attempts += 1;
  const whole = `${file}.${process.pid}.${attempts}`;
  try {
    await writeFile(whole, text, { mode: 0o600 });
    await link(whole, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new DataFolderError(`The data folder cannot be locked (${file}): ${code}.`);
  } finally {
    await unlink(whole).catch(() => undefined);
  }
}

async function readHolder(file: string) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid = '', started] = text.trim().split(' ');
  // Whatever is not a pid was not written by a server that runs.
  const isAlive = /^[1-9]\d*$/.test(pid) && (await startOf(Number(pid))) === started;
  return { pid: Number(pid), text, isAlive };
}

/** By one at a time, who looks again first: a lock that was taken over meanwhile must never be away for a moment. */
async function removeStale(file: string, text: string, mine: string): Promise<void> {
  const takeover = `${file}.takeover`;
  if (!(await create(takeover, mine))) {
    if ((await readHolder(takeover))?.isAlive === false) await unlink(takeover).catch(() => undefined);
    return;
  }
  try {
    if ((await readFile(file, 'utf8').catch(() => undefined)) === text) await unlink(file);
  } finally {
    await unlink(takeover).catch(() => undefined);
  }
}

async function release(file: string, mine: string): Promise<void> {
  const now = await readFile(file, 'utf8').catch(() => undefined);
  if (now === mine) await unlink(file).catch(() => undefined);
}

/** When a process began, so that a number given again is not taken for the same process; empty when it is gone. */
async function startOf(pid: number): Promise<string> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone';
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended: its parent, which in a container may never ask, has not taken note of it.
  return fields[0] === 'Z' ? 'gone' : (fields[19] ?? 'unknown');
}
