// Gives the memory of a large buffer back at once, instead of leaving it to the garbage collector.

/** Smaller ones may share Node's pool with others, and are hardly worth the call. */
const smallestBytes = 32 * 1024;

/**
 * Layers move through buffers outside V8's heap, a MiB at a time: garbage of that size makes V8 collect its whole heap
 * every few dozen segments, and touching fresh memory costs more than decrypting into it. Only for buffers that nobody
 * else holds: they are empty afterwards. `transfer` to nothing is ECMAScript's way to free an ArrayBuffer.
 */
export function releaseBuffer(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (bytes.length >= smallestBytes && buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
