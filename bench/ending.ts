// However the bench ends, nothing of it stays: what it started is stopped, and what it made in folders is removed.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long what was started may take to end by itself, and then again once it was killed. */
const endsWithinMs = 5000;

const leftovers = new Set<() => void>();

/** Asks for `remove` should the process end before the answer, which forgets it, is called. */
export function removeAtEnd(remove: () => void): () => void {
  leftovers.add(remove);
  return () => leftovers.delete(remove);
}

export interface BenchFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A new folder for temporary files. Made at once, so that no signal falls between making and noting it. */
export function makeBenchFolder(prefix: string, where = tmpdir()): BenchFolder {
  const path = mkdtempSync(join(where, prefix));
  // Somebody who was killed a moment ago may have written to it until then.
  const removeNow = () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  const forget = removeAtEnd(removeNow);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      forget();
    },
  };
}

/**
 * From now on the end of this process is the end of all that it started. A signal ends it with 128 and its number. All
 * of it happens before anything else can go on: else a case that lost its server would be shown as one that failed.
 */
export function leaveNothingBehind(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  process.once('exit', () => {
    stopStarted();
    for (const remove of leftovers) remove();
  });
}

function stopStarted(): void {
  let running = startedBy(process.pid);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of running) send(pid, signal);
    const untilMs = performance.now() + endsWithinMs;
    while (running.length > 0 && performance.now() < untilMs) {
      pause(20);
      running = running.filter(isRunning);
    }
  }
}

/** All that the process has started, and what those have. From /proc, as all that the bench knows of processes. */
function startedBy(pid: number): readonly number[] {
  const children = threadsOf(pid).flatMap((thread) => {
    return read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number);
  });
  return children.flatMap((child) => [child, ...startedBy(child)]);
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** One that has ended stays in /proc as a zombie until its parent looks, and we are that parent. */
function isRunning(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
