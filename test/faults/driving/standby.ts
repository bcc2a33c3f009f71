// Servers one after the other on the same data folder: the next is loaded while this one runs, and opens at its end.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { checkoutFolder } from '../../support/server-process.ts';

export interface RunningServer {
  readonly url: string;
  /** What it said so far. */
  readonly lines: readonly string[];
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  isAlive(): boolean;
}

export interface Standby {
  /** Opens the data folder; rejects with what the server said when it ends instead. */
  start(): Promise<RunningServer>;
  /** Begins to open and is killed after so many milliseconds, ready or not. */
  killWhileStarting(afterMs: number): Promise<void>;
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

export function openStandby(options: StandbyOptions): Standby {
  let next = load(options);
  const take = () => {
    const taken = next;
    next = load(options);
    return taken;
  };
  return {
    async start() {
      const process = take();
      const { child, lines, exited } = process;
      const url = await openFolder(process);
      const kill = () => end(child, exited);
      return { url, lines, kill, isAlive: () => child.exitCode === null && child.signalCode === null };
    },
    async killWhileStarting(afterMs) {
      const { child, exited } = take();
      child.stdin.write('open\n');
      // The moment of the kill is what is random here; nothing is expected of the time itself.
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await end(child, exited);
    },
    dispose: () => end(next.child, next.exited),
  };
}

function load({ dataFolder, graceMs, jobsDelayMs }: StandbyOptions) {
  const script = join(checkoutFolder, 'test/faults/server.ts');
  const child: Child = spawn(process.execPath, [script, dataFolder, String(graceMs), String(jobsDelayMs())], {
    cwd: checkoutFolder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(dataFolder, '..', 'compile-cache') },
  });
  // A child that is killed leaves a pipe that cannot be written: its exit tells of it.
  child.stdin.on('error', () => undefined);
  const lines: string[] = [];
  const { promise: ready, resolve } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      const url = /^ready (\S+)$/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  }
  const exited = new Promise<void>((done) => child.once('close', () => done()));
  return { child, lines, ready, exited };
}

async function openFolder({ child, lines, ready, exited }: ReturnType<typeof load>): Promise<string> {
  child.stdin.write('open\n');
  // Only a bound on failure: a server that never becomes ready must not hang the run.
  const timer = setTimeout(() => child.kill('SIGKILL'), readyWithinMs);
  const url = await Promise.race([ready, exited.then(() => undefined)]);
  clearTimeout(timer);
  if (url === undefined) throw new Error(`the server did not start\n${lines.join('\n')}`);
  return url;
}

function end(child: Child, exited: Promise<void>): Promise<void> {
  child.kill('SIGKILL');
  return exited;
}
