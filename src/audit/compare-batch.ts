// What happened to a batch whose lines are not those that its seal names: told from the CRCs alone.

/** Positions count from 0: `found` in the lines that are there, `sealed` in those the seal names. */
export type Difference =
  | { readonly kind: 'changed'; readonly found: number; readonly sealed: number }
  | { readonly kind: 'removed'; readonly sealed: number }
  | { readonly kind: 'inserted'; readonly found: number }
  | { readonly kind: 'repeated'; readonly found: number; readonly sealed: number }
  | { readonly kind: 'moved'; readonly found: number; readonly sealed: number };

/** Every difference, in the order of the lines; empty when they agree. Takes n log n steps. */
export function compareBatch(sealed: readonly number[], found: readonly number[]): readonly Difference[] {
  let start = 0;
  while (start < sealed.length && start < found.length && sealed[start] === found[start]) start += 1;
  if (start === sealed.length && start === found.length) return [];
  const { matches, missing, unknown } = matchLines(sealed, found, start);
  return [...movedLines(matches), ...pairLines(sealed, found, missing, unknown)].toSorted(
    (left, right) => placeOf(left) - placeOf(right),
  );
}

interface Match {
  readonly found: number;
  readonly sealed: number;
}

/** Gives every line the first free place of its CRC. */
function matchLines(sealed: readonly number[], found: readonly number[], start: number) {
  const places = new Map<number, number[]>();
  for (let position = sealed.length - 1; position >= start; position -= 1) {
    const crc = sealed[position] ?? 0;
    const stack = places.get(crc);
    if (stack === undefined) places.set(crc, [position]);
    else stack.push(position);
  }
  const matches: Match[] = [];
  const unknown: number[] = [];
  for (let index = start; index < found.length; index += 1) {
    const position = places.get(found[index] ?? 0)?.pop();
    if (position === undefined) unknown.push(index);
    else matches.push({ found: index, sealed: position });
  }
  const missing = [...places.values()].flat().toSorted((left, right) => left - right);
  return { matches, missing, unknown };
}

/** An unknown line and a missing one in the same gap are one change; what is left was inserted or removed. */
function pairLines(
  sealed: readonly number[],
  found: readonly number[],
  missing: readonly number[],
  unknown: readonly number[],
): Difference[] {
  const firstPlace = new Map<number, number>();
  for (const [position, crc] of sealed.entries()) if (!firstPlace.has(crc)) firstPlace.set(crc, position);
  const differences: Difference[] = [];
  let next = 0;
  for (const index of unknown) {
    const original = firstPlace.get(found[index] ?? 0);
    const gone = missing[next];
    if (original !== undefined) differences.push({ kind: 'repeated', found: index, sealed: original });
    else if (gone === undefined) differences.push({ kind: 'inserted', found: index });
    else {
      differences.push({ kind: 'changed', found: index, sealed: gone });
      next += 1;
    }
  }
  for (const position of missing.slice(next)) differences.push({ kind: 'removed', sealed: position });
  return differences;
}

/** The matches outside a longest run that kept its order (patience sorting). */
function movedLines(matches: readonly Match[]): Difference[] {
  const tails: number[] = [];
  const before: number[] = [];
  for (const [index, match] of matches.entries()) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const tail = matches[tails[middle] ?? 0];
      if (tail !== undefined && tail.sealed < match.sealed) low = middle + 1;
      else high = middle;
    }
    before.push(tails[low - 1] ?? -1);
    tails[low] = index;
  }
  const kept = new Set<number>();
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) kept.add(index);
  return matches.flatMap((match, index) => (kept.has(index) ? [] : [{ kind: 'moved' as const, ...match }]));
}

function placeOf(difference: Difference): number {
  return difference.kind === 'removed' ? difference.sealed : difference.found;
}
