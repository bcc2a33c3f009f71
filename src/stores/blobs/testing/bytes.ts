// For tests of blob stores: bytes that tell where they stand, and short ways to put them in and get them out.

import type { BlobStat, BlobStore, ByteRange } from '../blob-store.ts';

/** Every four bytes differ from all others, so that no misplaced piece goes unseen. */
export function patternOf(sizeBytes: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let index = 0; index < words.length; index += 1) words[index] = Math.imul(index * 2 + 1, 0x9e3779b1) ^ seed;
  return Buffer.from(words.buffer, 0, sizeBytes);
}

/** Writes in appends of at most 300,000 bytes, which no boundary is a multiple of. */
export async function put(store: BlobStore, key: string, bytes: Uint8Array): Promise<number> {
  const writer = await store.write(key);
  for (let at = 0; at < bytes.length; at += 300_000) await writer.append(bytes.subarray(at, at + 300_000));
  return writer.commit();
}

export async function get(store: BlobStore, key: string, range?: ByteRange): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(key, range)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What a reader had been given when it ended, and what ended it. */
export async function getUntilError(store: BlobStore, key: string, range?: ByteRange) {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of store.read(key, range)) pieces.push(piece);
    return { bytes: Buffer.concat(pieces), error: undefined };
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error };
  }
}

/** Keys and sizes, by key. */
export async function listed(
  store: BlobStore,
  prefix: string,
): Promise<ReadonlyArray<Pick<BlobStat, 'key' | 'sizeBytes'>>> {
  const found: Array<Pick<BlobStat, 'key' | 'sizeBytes'>> = [];
  for await (const { key, sizeBytes } of store.list(prefix)) found.push({ key, sizeBytes });
  return found.sort((left, right) => (left.key < right.key ? -1 : 1));
}
