// Cuts what a store yields into segments as they are stored, and says which one comes at the end.

import { storedSegmentBytes } from './layout.ts';

export interface StoredSegment {
  readonly bytes: Uint8Array;
  /** Nothing follows. */
  readonly isFinal: boolean;
}

/** Looks one segment ahead. The stores here yield whole segments, which pass without being copied. */
export async function* inSegments(source: AsyncIterable<Uint8Array>): AsyncGenerator<StoredSegment, void, undefined> {
  let waiting: Uint8Array | undefined;
  for await (const bytes of regroup(source)) {
    if (waiting !== undefined) yield { bytes: waiting, isFinal: false };
    waiting = bytes;
  }
  if (waiting !== undefined) yield { bytes: waiting, isFinal: true };
}

async function* regroup(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(bytes.length - at, storedSegmentBytes - heldBytes);
      held.push(bytes.subarray(at, at + count));
      heldBytes += count;
      at += count;
      if (heldBytes < storedSegmentBytes) continue;
      yield joined(held);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield joined(held);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
}
