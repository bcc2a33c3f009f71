// Runs jobs: each periodically and when woken, never twice at once, more rarely while it fails. Knows none by name.

import type { Job } from './job.ts';

export interface JobRunner {
  /** Asks for a run soon: at once, after the run under way, or after the back-off of a failure. */
  wake(name: string): void;
  status(): readonly JobStatus[];
  /** Aborts what runs, waits for its end and starts nothing more. */
  close(): Promise<void>;
}

export interface JobStatus {
  readonly name: string;
  readonly running: boolean;
  readonly runs: number;
  /** Failures since the last success. */
  readonly failures: number;
}

export interface JobRunnerOptions {
  /** Takes one line a failure. */
  readonly log: (line: string, error: unknown) => void;
  /** From the start of the process to the first runs: serving comes first. */
  readonly firstDelayMs?: number;
  /** After the first failure; doubled at each further one. */
  readonly retryDelayMs?: number;
  readonly retryDelayMsMax?: number;
}

/** Starts the jobs. Timers never keep the process alive. */
export function startJobs(jobs: readonly Job[], options: JobRunnerOptions): JobRunner {
  const abort = new AbortController();
  const schedules = new Map(jobs.map((job) => [job.name, new Schedule(job, abort.signal, options)]));
  if (schedules.size !== jobs.length) throw new Error('two jobs have the same name');
  for (const schedule of schedules.values()) schedule.start();
  return {
    wake: (name) => find(schedules, name).wake(),
    status: () => [...schedules.values()].map((schedule) => schedule.status()),
    async close() {
      abort.abort();
      await Promise.all([...schedules.values()].map((schedule) => schedule.close()));
    },
  };
}

function find(schedules: ReadonlyMap<string, Schedule>, name: string): Schedule {
  const schedule = schedules.get(name);
  if (schedule === undefined) throw new Error(`no job is called ${name}`);
  return schedule;
}

class Schedule {
  readonly #job: Job;
  readonly #signal: AbortSignal;
  readonly #options: Required<JobRunnerOptions>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #woken = false;
  #runs = 0;
  #failures = 0;

  constructor(job: Job, signal: AbortSignal, options: JobRunnerOptions) {
    this.#job = job;
    this.#signal = signal;
    this.#options = { firstDelayMs: 5000, retryDelayMs: 1000, retryDelayMsMax: 300_000, ...options };
  }

  start(): void {
    this.#plan(this.#options.firstDelayMs);
  }

  wake(): void {
    this.#woken = true;
    if (this.#running === undefined && this.#failures === 0) this.#plan(0);
  }

  status(): JobStatus {
    const { name } = this.#job;
    return { name, running: this.#running !== undefined, runs: this.#runs, failures: this.#failures };
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, delayMs);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#woken = false;
    try {
      await this.#job.run(this.#signal);
      this.#failures = 0;
    } catch (error) {
      if (!this.#signal.aborted) this.#fail(error);
    }
    this.#runs += 1;
    this.#running = undefined;
    this.#plan(this.#delayMs());
  }

  #fail(error: unknown): void {
    this.#failures += 1;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.log(`job ${this.#job.name} failed (${this.#failures} in a row): ${reason}`, error);
  }

  #delayMs(): number {
    const { retryDelayMs, retryDelayMsMax } = this.#options;
    if (this.#failures > 0) return Math.min(retryDelayMs * 2 ** (this.#failures - 1), retryDelayMsMax);
    return this.#woken ? 0 : this.#job.intervalMs;
  }
}
