// Layers to push: random bytes that compress to nothing, and of which no two are alike.

import { createHash, randomBytes } from 'node:crypto';
import type { MadeLayer } from './jobs.ts';

const mebibyte = 1024 * 1024;
const markBytes = 32;
/** Larger than any window that a compressor or a deduplicating disk would look back through for cheap. */
const block = randomBytes(8 * mebibyte);
const marks = new Map<number, Buffer>();

/** A new layer: its own 32 random bytes, then the block again and again. Costs one SHA-256 over all of it. */
export function makeLayer(sizeBytes: number): MadeLayer {
  const id = marks.size;
  marks.set(id, randomBytes(markBytes));
  const hash = createHash('sha256');
  for (const piece of piecesOf({ id, sizeBytes })) hash.update(piece);
  return { id, sizeBytes, digest: `sha256:${hash.digest('hex')}` };
}

/** Its bytes from `first` on, at most `length` of them, 1 MiB at a time. */
export function* piecesOf(
  layer: Pick<MadeLayer, 'id' | 'sizeBytes'>,
  first = 0,
  length = layer.sizeBytes,
): Generator<Buffer> {
  const end = Math.min(layer.sizeBytes, first + length);
  let at = first;
  while (at < end) {
    const source = at < markBytes ? (marks.get(layer.id) ?? block) : block;
    const from = at < markBytes ? at : at % block.length;
    const most = at < markBytes ? markBytes - at : Math.min(mebibyte, block.length - from);
    const piece = source.subarray(from, from + Math.min(most, end - at));
    yield piece;
    at += piece.length;
  }
}
