// Reads a range of a layer over its parts, in order.

import type { BlobStore } from '#stores/blobs/blob-store.ts';
import type { LayerRange } from '../registry.ts';

export interface Part {
  /** Key in the blob store. */
  readonly key: string;
  readonly sizeBytes: number;
}

/** Where a range falls in one part. */
export interface PartRange {
  readonly part: Part;
  readonly range: LayerRange | undefined;
}

/**
 * The parts that a range touches and which bytes of each; a part that is wanted whole has no range.
 * Throws RangeError for a range that is not inside the parts.
 */
export function partRanges(parts: readonly Part[], range: LayerRange | undefined): readonly PartRange[] {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const wanted = range ?? { first: 0, last: sizeBytes - 1 };
  if (range !== undefined && !(0 <= range.first && range.first <= range.last && range.last < sizeBytes)) {
    throw new RangeError(`the range ${range.first}-${range.last} is not inside ${sizeBytes} bytes`);
  }
  const ranges: PartRange[] = [];
  let start = 0;
  for (const part of parts) {
    const end = start + part.sizeBytes - 1;
    const first = Math.max(start, wanted.first);
    const last = Math.min(end, wanted.last);
    if (first <= last) {
      const whole = first === start && last === end;
      ranges.push({ part, range: whole ? undefined : { first: first - start, last: last - start } });
    }
    start = end + 1;
  }
  return ranges;
}

/** The bytes, as the store yields them. Damage and a range that is not inside throw from the iteration. */
export async function* readParts(
  blobs: BlobStore,
  parts: readonly Part[],
  range?: LayerRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { part, range: within } of partRanges(parts, range)) yield* blobs.read(part.key, within);
}
