// A job's work in small steps: each is short, and requests come in between.

import { setImmediate as letOthersRun } from 'node:timers/promises';

export interface Step {
  readonly removed: number;
  /** False when everything has been looked at. */
  readonly isMore: boolean;
}

/** Runs a step again and again until nothing is left to look at or the signal is aborted; how much was removed. */
export async function inSteps(step: () => Promise<Step>, signal: AbortSignal | undefined): Promise<number> {
  let removed = 0;
  while (signal?.aborted !== true) {
    const done = await step();
    removed += done.removed;
    if (!done.isMore) break;
    await letOthersRun();
  }
  return removed;
}
