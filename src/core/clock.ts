// The only place that reads the clock, so that tests and simulations can replace it.

export interface Clock {
  /** Wall time in epoch milliseconds. */
  nowMs(): number;
  /** Monotonic milliseconds with fraction, for durations only. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** A clock that stands still until a test moves it. */
export function manualClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}
