// From an offset in a text to its line and column.

import type { Position } from './policy.ts';

export type PositionAt = (offset: number) => Position;

/** Looks lines up by halving, so that a document of many statements is not counted through for each of them. */
export function positionsOf(text: string): PositionAt {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
}
