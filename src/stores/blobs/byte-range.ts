// Which bytes of a blob a reader wants.

import type { ByteRange } from './blob-store.ts';

/** The positions to read of `sizeBytes` bytes; all when there is no range. Throws RangeError unless it lies inside. */
export function resolveRange(range: ByteRange | undefined, sizeBytes: number): ByteRange {
  if (range === undefined) return { first: 0, last: sizeBytes - 1 };
  const { first, last } = range;
  const isRange = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 0 && first <= last;
  if (!isRange || last >= sizeBytes)
    throw new RangeError(`the range ${first}-${last} is not inside ${sizeBytes} bytes`);
  return range;
}
