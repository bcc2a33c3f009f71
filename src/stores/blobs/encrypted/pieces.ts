// Cuts a stream into pieces of another size.

/** Pieces of exactly `pieceBytes`, the last one shorter. */
export async function* inPieces(
  source: AsyncIterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const bytes of source) {
    let at = 0;
    while (at < bytes.length) {
      const count = Math.min(bytes.length - at, pieceBytes - heldBytes);
      held.push(bytes.subarray(at, at + count));
      heldBytes += count;
      at += count;
      if (heldBytes < pieceBytes) continue;
      yield Buffer.concat(held);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
