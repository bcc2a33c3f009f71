// The workers of a site: started one after the other, and each replaced when it ends, sooner or later as it lived.

import cluster from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '#config/config.ts';
import type { Clock } from '#core/clock.ts';
import { growingDelayMs } from '#core/growing-delay.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import type { Distribution } from './distribution.ts';
import type { Asked, SentKeys } from './messages.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

export interface Crew {
  readonly all: () => readonly WorkerProcess[];
  /** Throws one sentence when a worker cannot open with these keys. */
  unseal(keys: () => SentKeys): Promise<void>;
  seal(reason: string): Promise<void>;
  /** Resolves once each has these keys; one that does not answer is replaced by one that has them. */
  share(roots: readonly RootKey[]): Promise<void>;
  readonly close: () => Promise<void>;
}

export interface CrewOptions {
  readonly config: Config;
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
const unsealWithinMs = 120_000;
/** One that ended sooner, or could not be started, is replaced after a while, so that a fault cannot spin. */
const patience = { free: 1, delayMsMin: 1000, delayMsMax: 60_000 };

/** What a worker that is started now is told. */
interface Standing {
  reason: string;
  keys: (() => SentKeys) | undefined;
}

/** Throws the first worker's own sentence when it cannot be opened. */
export async function startCrew(options: CrewOptions): Promise<Crew> {
  const { config, clock, port, distribution, log } = options;
  // Bytes of keys stay bytes on their way.
  cluster.setupPrimary({ args: [], serialization: 'advanced' });
  const workers = new Map<number, WorkerProcess>();
  const tended: Array<Promise<void>> = [];
  const closing = new AbortController();
  const standing: Standing = { reason: 'The site is opening.', keys: undefined };
  const start = async (index: number): Promise<Started> => {
    const atMs = clock.monotonicMs();
    const worker = await startWorker({ kind: 'open', config, index, reason: standing.reason, port });
    workers.set(index, worker);
    if (standing.keys !== undefined) await change(worker, { what: 'unseal', keys: standing.keys() });
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
  return { ...changing(standing, () => [...workers.values()], config.shutdownGraceMs), close };
}

/** All workers are told the same. */
function changing(standing: Standing, all: Crew['all'], graceMs: number): Omit<Crew, 'close'> {
  return {
    all,
    async unseal(keys) {
      standing.keys = keys;
      // One after the other: the first one finds what a crash left, alone.
      for (const worker of all()) await change(worker, { what: 'unseal', keys: keys() });
    },
    async seal(reason) {
      standing.keys = undefined;
      standing.reason = reason;
      await Promise.all(all().map((worker) => change(worker, { what: 'seal', reason }, graceMs + settledMs)));
    },
    async share(roots) {
      for (const worker of all()) await change(worker, { what: 'roots', roots });
    },
  };
}

/** A worker that does not answer is ended: the next one is told what stands then. */
async function change(worker: WorkerProcess, asked: Asked, withinMs = unsealWithinMs): Promise<void> {
  const answer = await worker.ask(asked, withinMs);
  if (answer === true) return;
  await worker.close(0);
  if (typeof answer === 'string') throw new Error(answer);
}
