// For tests: random numbers that come again for the same seed.

/** Numbers from 0 up to but not including 1. */
export type Chance = () => number;

/** Mulberry32: 32 bits of state are enough to choose what a test does. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
