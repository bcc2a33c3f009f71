// Random numbers and bytes that come again for the same seed, so that a printed seed says what a run did.

import { seededChance } from '../../../src/std/testing/seeded-chance.ts';

export interface SeededRandom {
  /** From 0 up to but not including 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  /** True once in `times`. */
  oneIn(times: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** A generator of its own, so that what one does with it changes nothing for the others. */
  fork(): SeededRandom;
}

export function seededRandom(seed: number): SeededRandom {
  const next = seededChance(seed);
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    between,
    oneIn: (times) => next() * times < 1,
    pick<Item>(items: readonly Item[]) {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new RangeError('there is nothing to pick from');
      return item;
    },
    fork: () => seededRandom(between(0, 2 ** 32 - 1)),
  };
}

/** The bytes of that seed: incompressible enough, and made again instead of kept. */
export function seededBytes(seed: number, sizeBytes: number): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = (seed ^ 0x9e3779b9) >>> 0;
  for (let index = 0; index < words.length; index += 1) {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    words[index] = mixed ^ (mixed >>> 15);
  }
  return Buffer.from(words.buffer, 0, sizeBytes);
}
