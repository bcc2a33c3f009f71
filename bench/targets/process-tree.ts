// What a server and the processes that it started have used so far: CPU, memory, bytes written. From /proc (Linux).

import { readdir, readFile, writeFile } from 'node:fs/promises';

export interface Usage {
  /** User and system, all threads, also of processes that have ended and were waited for. */
  readonly cpuMs: number;
  /** Sum over the processes of the highest resident size since `resetPeaks`. */
  readonly peakRssBytes: number;
  readonly rssBytes: number;
  /** Bytes that were sent towards a disk. */
  readonly writtenBytes: number;
  readonly processes: number;
}

/** The unit of /proc/<pid>/stat. */
const tickMs = 10;

export async function usageOf(pid: number): Promise<Usage> {
  const all = await Promise.all((await treeOf(pid)).map(usageOfOne));
  const sum = (key: keyof Usage) => all.reduce((total, one) => total + one[key], 0);
  return {
    cpuMs: sum('cpuMs'),
    peakRssBytes: sum('peakRssBytes'),
    rssBytes: sum('rssBytes'),
    writtenBytes: sum('writtenBytes'),
    processes: sum('processes'),
  };
}

/** The peak counts from now. */
export async function resetPeaks(pid: number): Promise<void> {
  for (const one of await treeOf(pid)) await writeFile(`/proc/${one}/clear_refs`, '5').catch(() => undefined);
}

/** The process and all that it started, and those in turn. */
export async function treeOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  return [pid, ...(await Promise.all(children.map(treeOf))).flat()];
}

async function usageOfOne(pid: number): Promise<Usage> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const [stat, status, io, threadsMs] = await Promise.all([read('stat'), read('status'), read('io'), threadMs(pid)]);
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [utime = 0, stime = 0, endedUtime = 0, endedStime = 0] = fields.slice(11, 15);
  const processMs = (utime + stime) * tickMs;
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return {
    // The threads' own counts are finer than ticks, but those of threads that have ended are only in the process's.
    cpuMs: (processMs - threadsMs > 2 * tickMs ? processMs : threadsMs) + (endedUtime + endedStime) * tickMs,
    peakRssBytes: kibibytes('VmHWM'),
    rssBytes: kibibytes('VmRSS'),
    writtenBytes: Number(/^write_bytes: (\d+)/m.exec(io)?.[1] ?? 0),
    processes: 1,
  };
}

/** Milliseconds on a processor of all threads that live, from nanoseconds. */
async function threadMs(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const times = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0')),
  );
  return times.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0);
}
