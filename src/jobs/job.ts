// A job: a reconciler that brings something to the state it should have. It takes no input and may run at any time.

export interface Job {
  /** Unique; what `wake` and the log call it. */
  readonly name: string;
  /** From the end of one run to the start of the next, when nobody wakes it. */
  readonly intervalMs: number;
  /** `process` for what tends a process's own memory: it runs in every process of a site, all others in one. */
  readonly scope?: 'process';
  /** One bounded, idempotent pass. Stops soon after the signal is aborted; what is left is the next run's. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}
