// The data folder: made private, checked, and held by one server at a time.

import { access, constants, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The folder cannot be used, or another server has it: one sentence. */
export class DataFolderError extends Error {}

export interface DataFolder {
  readonly path: string;
  /** Lets go of the folder. */
  release(): Promise<void>;
}

/** Makes the folder when it is missing (0700) and checks that it can be used. */
export async function prepareDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataFolderError(`The data folder ${path} cannot be used: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** Takes the folder for this process. A lock that a dead process left behind is taken over. */
export async function lockDataFolder(path: string): Promise<DataFolder> {
  await prepareDataFolder(path);
  const file = join(path, 'lock');
  const mine = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(file, mine)) return { path, release: () => release(file, mine) };
    const holder = await readHolder(file);
    if (holder !== undefined && holder.isAlive) {
      throw new DataFolderError(`The data folder ${path} is in use by the server with pid ${holder.pid}.`);
    }
    if (holder !== undefined) await removeStale(file, holder.text);
  }
  throw new DataFolderError(`The data folder ${path} could not be locked: others keep taking it.`);
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.close();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new DataFolderError(`The data folder cannot be locked (${file}): ${code}.`);
  }
}

async function readHolder(file: string) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid = '', started = ''] = text.trim().split(' ');
  // The lock of a process that is just being written is empty for a moment: not dead, try again.
  if (pid === '') return undefined;
  return { pid: Number(pid), text, isAlive: (await startOf(Number(pid))) === started };
}

/** Only the very lock that was found dead is removed: another server may have taken over meanwhile. */
async function removeStale(file: string, text: string): Promise<void> {
  const now = await readFile(file, 'utf8').catch(() => undefined);
  if (now === text) await unlink(file).catch(() => undefined);
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
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
}
