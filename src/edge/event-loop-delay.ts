// How late the event loop is: a timer that notes by how much it came too late, as a histogram for Prometheus.
// It costs nothing on the path of requests, and an idle server is seldom woken for it: a wake-up takes 0.1 ms of CPU.

import type { Clock } from '#core/clock.ts';

export interface EventLoopDelay {
  /** A request was answered: until a while without one, samples are taken often. */
  busy(): void;
  /** Lines of the exposition format. */
  lines(): readonly string[];
  close(): void;
}

const busyIntervalMs = 20;
const idleIntervalMs = 500;
/** Upper bounds. Timers come on whole milliseconds: a first bound below one would say nothing. */
const boundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

export function openEventLoopDelay(clock: Clock): EventLoopDelay {
  const counts = boundsMs.map(() => 0);
  let total = 0;
  let sumMs = 0;
  let isBusy = true;
  let isResting = false;
  let dueMs = 0;
  let timer: NodeJS.Timeout;
  const schedule = () => {
    const intervalMs = isBusy ? busyIntervalMs : idleIntervalMs;
    isResting = !isBusy;
    isBusy = false;
    dueMs = clock.monotonicMs() + intervalMs;
    timer = setTimeout(sample, intervalMs).unref();
  };
  const sample = () => {
    const lateMs = Math.max(0, clock.monotonicMs() - dueMs);
    const index = boundsMs.findIndex((bound) => lateMs <= bound);
    if (index >= 0) counts[index] = (counts[index] ?? 0) + 1;
    total += 1;
    sumMs += lateMs;
    schedule();
  };
  schedule();
  const name = 'sallyport_event_loop_delay_seconds';
  return {
    busy() {
      isBusy = true;
      if (!isResting) return;
      clearTimeout(timer);
      schedule();
    },
    lines() {
      const lines = [`# HELP ${name} How much later than asked for timers ran.`, `# TYPE ${name} histogram`];
      let below = 0;
      for (const [index, bound] of boundsMs.entries()) {
        below += counts[index] ?? 0;
        lines.push(`${name}_bucket{le="${bound / 1000}"} ${below}`);
      }
      return [...lines, `${name}_bucket{le="+Inf"} ${total}`, `${name}_sum ${sumMs / 1000}`, `${name}_count ${total}`];
    },
    close: () => clearTimeout(timer),
  };
}
