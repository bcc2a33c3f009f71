// How fast a move goes: it rests as long as it has worked, so that serving keeps at least half of the time.

import { setImmediate as letOthersRun, setTimeout } from 'node:timers/promises';
import type { Clock } from '#core/clock.ts';

/** Call it between two pieces of work. */
export type Pace = () => Promise<void>;

/** Shorter work than this is only followed by a turn of the event loop: timers are not finer. */
const workMsMin = 2;
/** After a long wait for a disk there is no need to rest as long as that. */
const restMsMax = 50;

export function openPace(clock: Clock): Pace {
  let sinceMs = clock.monotonicMs();
  return async () => {
    const workedMs = clock.monotonicMs() - sinceMs;
    if (workedMs < workMsMin) {
      await letOthersRun();
      return;
    }
    await setTimeout(Math.min(workedMs, restMsMax));
    sinceMs = clock.monotonicMs();
  };
}
