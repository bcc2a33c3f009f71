// Servers one after the other on the same data folder: the next is loaded while this one runs, and opens at its end.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { checkoutFolder } from '../../support/server-process.ts';
import { Violation } from '../checking/registers.ts';

export interface RunningServer {
  readonly url: string;
  readonly managementUrl: string;
  readonly workers: number;
  /** What it said so far. */
  readonly lines: readonly string[];
  /** SIGKILL to all its processes; resolves when they are gone. */
  kill(): Promise<void>;
  /** SIGKILL to the supervisor alone; resolves when its workers are gone too. */
  killSupervisor(): Promise<void>;
}

export interface Opening {
  readonly workers: number;
  /** How far the server's clock is ahead. */
  readonly aheadMs: number;
}

export interface Standby {
  /** Opens the data folder; rejects with what the server said when it ends instead. */
  start(opening: Opening): Promise<RunningServer>;
  /** Begins to open and is killed after so many milliseconds, ready or not; its workers too, or left to end. */
  killWhileStarting(opening: Opening, afterMs: number, kills: 'all' | 'supervisor'): Promise<void>;
  /** Ends the process that waits. */
  dispose(): Promise<void>;
}

export interface StandbyOptions {
  readonly dataFolder: string;
  readonly graceMs: number;
  readonly jobsDelayMs: () => number;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const readyWithinMs = 60_000;
/** Workers end as soon as they hear that their supervisor is gone: this is for a busy machine. */
const orphansEndWithinMs = 10_000;

export function openStandby(options: StandbyOptions): Standby {
  let next = load(options);
  const take = () => {
    const taken = next;
    next = load(options);
    return taken;
  };
  return {
    async start(opening) {
      const process = take();
      const { url, managementUrl } = await openFolder(process, opening);
      const { workers } = opening;
      const { lines } = process;
      const [kill, killSupervisor] = [() => endAll(process), () => endSupervisor(process)];
      return { url, managementUrl, workers, lines, kill, killSupervisor };
    },
    async killWhileStarting(opening, afterMs, kills) {
      const process = take();
      process.child.stdin.write(lineOf(opening));
      // The moment of the kill is what is random here; nothing is expected of the time itself.
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await (kills === 'all' ? endAll(process) : endSupervisor(process));
    },
    dispose: () => endAll(next),
  };
}

type Loaded = ReturnType<typeof load>;

function load({ dataFolder, graceMs, jobsDelayMs }: StandbyOptions) {
  const script = join(checkoutFolder, 'test/faults/server.ts');
  const child: Child = spawn(process.execPath, [script, dataFolder, String(graceMs)], {
    cwd: checkoutFolder,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, which is killed at once with all its workers.
    detached: true,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(dataFolder, '..', 'compile-cache'),
      FAULTS_JOBS_DELAY_MS: String(jobsDelayMs()),
    },
  });
  // A child that is killed leaves a pipe that cannot be written: its exit tells of it.
  child.stdin.on('error', () => undefined);
  const lines: string[] = [];
  const { promise: ready, resolve } = Promise.withResolvers<{ url: string; managementUrl: string }>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      const [, url, managementUrl = ''] = /^ready (\S+) (\S+)$/.exec(line) ?? [];
      if (url !== undefined) resolve({ url, managementUrl });
    });
  }
  // Not before the last worker has let go of the pipes.
  const exited = new Promise<void>((done) => child.once('close', () => done()));
  return { child, lines, ready, exited };
}

function lineOf({ workers, aheadMs }: Opening): string {
  return `open ${workers} ${aheadMs}\n`;
}

async function openFolder(loaded: Loaded, opening: Opening) {
  const { child, lines, ready, exited } = loaded;
  child.stdin.write(lineOf(opening));
  // Only a bound on failure: a server that never becomes ready must not hang the run.
  const timer = setTimeout(() => void endAll(loaded), readyWithinMs);
  const opened = await Promise.race([ready, exited.then(() => undefined)]);
  clearTimeout(timer);
  if (opened === undefined) throw new Violation(`the server did not start\n${lines.join('\n')}`);
  return opened;
}

function endAll({ child, exited }: Loaded): Promise<void> {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
  return exited;
}

async function endSupervisor(loaded: Loaded): Promise<void> {
  loaded.child.kill('SIGKILL');
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  // Only a bound on failure: the wait is for their end.
  const timer = setTimeout(() => resolve('late'), orphansEndWithinMs);
  const outcome = await Promise.race([loaded.exited, late]);
  clearTimeout(timer);
  if (outcome !== 'late') return;
  await endAll(loaded);
  throw new Violation(`workers outlive their supervisor\n${loaded.lines.slice(-20).join('\n')}`);
}
