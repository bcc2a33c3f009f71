// The workers of a site: started one after the other, and each replaced when it ends, sooner or later as it lived.

import cluster from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { growingDelayMs } from '#core/growing-delay.ts';
import type { Distribution } from './distribution.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

export interface Crew {
  readonly all: () => readonly WorkerProcess[];
  readonly close: () => Promise<void>;
}

export interface CrewOptions {
  readonly config: Config;
  readonly home: RegistryRef;
  readonly clock: Clock;
  /** Where connections are accepted, and who gives them to the workers. */
  readonly port: number;
  readonly distribution: Distribution;
  readonly log: (line: string) => void;
}

interface Started {
  readonly worker: WorkerProcess;
  readonly atMs: number;
}

/** A worker that has lived this long is replaced at once when it ends. */
const settledMs = 5000;
/** One that ended sooner, or could not be started, is replaced after a while, so that a fault cannot spin. */
const patience = { free: 1, delayMsMin: 1000, delayMsMax: 60_000 };

/** Throws the first worker's own sentence when it cannot be opened. */
export async function startCrew(options: CrewOptions): Promise<Crew> {
  const { config, home, clock, port, distribution, log } = options;
  cluster.setupPrimary({ args: [] });
  const workers = new Map<number, WorkerProcess>();
  const tended: Array<Promise<void>> = [];
  const closing = new AbortController();
  const start = async (index: number): Promise<Started> => {
    const atMs = clock.monotonicMs();
    const worker = await startWorker({ kind: 'open', config, home, index, port });
    workers.set(index, worker);
    distribution.join(worker);
    return { worker, atMs };
  };
  const closeOne = (worker: WorkerProcess) => worker.close(config.shutdownGraceMs + settledMs);
  const startAgain = async (index: number, failures: number): Promise<Started | undefined> => {
    try {
      await pause(growingDelayMs(failures, patience), undefined, { signal: closing.signal });
      return await start(index);
    } catch (error) {
      if (closing.signal.aborted) return undefined;
      const nextMs = growingDelayMs(failures + 1, patience);
      const why = error instanceof Error ? error.message : String(error);
      log(`worker ${index} cannot be started: ${why}; it is tried again in ${nextMs / 1000} s`);
      return undefined;
    }
  };
  const tend = async (index: number, first: Started): Promise<void> => {
    let failures = 0;
    let started: Started | undefined = first;
    while (!closing.signal.aborted) {
      if (started === undefined) {
        failures += 1;
      } else {
        const code = await started.worker.ended;
        workers.delete(index);
        distribution.leave(started.worker);
        if (closing.signal.aborted) return;
        failures = clock.monotonicMs() - started.atMs < settledMs ? failures + 1 : 0;
        log(`worker ${index} ended with code ${code}: another one takes its place`);
      }
      started = await startAgain(index, failures);
    }
    // It came up while the others were told to close.
    if (started !== undefined) await closeOne(started.worker);
  };
  const close = async () => {
    closing.abort();
    await Promise.all([...[...workers.values()].map(closeOne), ...tended]);
  };
  try {
    // One after the other: the first one finds what a crash left, alone.
    for (let index = 1; index <= config.workers; index += 1) tended.push(tend(index, await start(index)));
  } catch (error) {
    await close();
    throw error;
  }
  return { all: () => [...workers.values()], close };
}
