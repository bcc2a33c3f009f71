// The cases that `npm test` has time for: all of the small tables, and an even share of the large ones.

import type { DoorName, HostileCase } from './case.ts';

/** One in this many of a door with more cases than `wholeUpTo`. */
const oneIn = 9;
const wholeUpTo = 100;

/** Waiting cases are few of a kind: one stands for all. */
const waitsMs = 1000;

export function shortForm(cases: readonly HostileCase[]): readonly HostileCase[] {
  const perDoor = new Map<DoorName, number>();
  for (const { door } of cases) perDoor.set(door, (perDoor.get(door) ?? 0) + 1);
  const seen = new Map<string, number>();
  return cases.filter(({ door, expect }) => {
    const isWaiting = (expect.withinMs ?? 0) > waitsMs;
    const kind = isWaiting ? 'waiting' : door;
    const position = seen.get(kind) ?? 0;
    seen.set(kind, position + 1);
    if (isWaiting) return position % 12 === 0;
    return (perDoor.get(door) ?? 0) <= wholeUpTo || position % oneIn === 0;
  });
}
