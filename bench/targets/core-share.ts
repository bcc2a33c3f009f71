// Gives each process of a server a share of one core, so that scaling shows where cores are few. Linux control groups.

import { rmdirSync } from 'node:fs';
import { access, constants, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeAtEnd } from '../ending.ts';
import { treeOf } from './process-tree.ts';

export interface CoreShare {
  /** Once the processes have ended. */
  remove(): Promise<void>;
}

/** Short, so that a process that has used up its share waits for milliseconds only. */
const periodUs = 10_000;

/** Where groups may be made, and how one is limited. */
interface Place {
  readonly root: string;
  settings(quotaUs: number): Readonly<Record<string, string>>;
}

const first: Place = {
  root: '/sys/fs/cgroup/cpu',
  settings: (quotaUs) => ({ 'cpu.cfs_period_us': String(periodUs), 'cpu.cfs_quota_us': String(quotaUs) }),
};
const second: Place = {
  root: '/sys/fs/cgroup',
  settings: (quotaUs) => ({ 'cpu.max': `${quotaUs} ${periodUs}` }),
};

/** Whether this user may set shares on this machine. */
export async function canShareCores(): Promise<boolean> {
  return (await findPlace()) !== undefined;
}

/** Each process of the tree gets at most `share` of one core, 0 to 1. Ask `canShareCores` first. */
export async function shareCores(pid: number, share: number): Promise<CoreShare> {
  const place = await findPlace();
  if (place === undefined) throw new Error('no control groups can be made here');
  const folders: string[] = [];
  const forget = removeAtEnd(() => {
    for (const folder of folders) removeNow(folder);
  });
  for (const one of await treeOf(pid)) {
    const folder = join(place.root, `sallyport-bench-${one}`);
    await mkdir(folder, { recursive: true });
    folders.push(folder);
    const settings = Object.entries(place.settings(Math.round(share * periodUs)));
    for (const [name, value] of settings) await writeFile(join(folder, name), value);
    await writeFile(join(folder, 'cgroup.procs'), String(one));
  }
  return {
    async remove() {
      for (const folder of folders) await rmdir(folder).catch(() => undefined);
      forget();
    },
  };
}

/** A group with a process in it stays: there is nobody left to tell. */
function removeNow(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}

async function findPlace(): Promise<Place | undefined> {
  const may = (path: string) =>
    access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
  if ((await may(first.root)) && (await may(join(first.root, 'cpu.cfs_quota_us')))) return first;
  const control = join(second.root, 'cgroup.subtree_control');
  if (!(await may(control))) return undefined;
  const controllers = await readFile(control, 'utf8');
  return controllers.split(/\s/).includes('cpu') ? second : undefined;
}
