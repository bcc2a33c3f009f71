// Streams one request's bytes into one durable object, hashing them on the way: a part.

import type { Hash } from 'node:crypto';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { BlobStore, BlobWriter } from '#stores/blobs/blob-store.ts';
import { layerTooLarge, uploadSizeInvalid } from '../layers/refusals.ts';

export interface PartBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** What the client announced; any other number is refused. */
  readonly lengthBytes: number | undefined;
  /** How many bytes the layer may still take. */
  readonly bytesMax: number;
}

export interface WrittenPart {
  /** Undefined when no byte arrived: then nothing was stored. */
  readonly blobKey: string | undefined;
  readonly sizeBytes: number;
  /** Set when the client vanished: the bytes before that are stored, so that it can go on from there. */
  readonly broken: unknown;
}

/** A random name: no digest ever names an object. */
export function newBlobKey(domain: KeyDomainId, random: Random): string {
  const hex = random.bytes(16).toString('hex');
  return `${domain}/${hex.slice(0, 2)}/${hex}`;
}

/**
 * Updates `hash` with every byte that is stored. Throws limit-exceeded and upload-size-invalid, and whatever the
 * store throws; then nothing is stored. With `keepBroken` a body that breaks off is a part nevertheless.
 */
export async function writePart(
  blobs: BlobStore,
  blobKey: string,
  part: PartBody,
  hash: Hash,
  keepBroken: boolean,
): Promise<WrittenPart> {
  if ((part.lengthBytes ?? 0) > part.bytesMax) throw layerTooLarge();
  const writer = await blobs.write(blobKey);
  try {
    const { sizeBytes, broken } = await copy(writer, part, hash);
    if (broken !== undefined && (!keepBroken || sizeBytes === 0)) throw broken;
    if (broken === undefined && part.lengthBytes !== undefined && part.lengthBytes !== sizeBytes) {
      throw uploadSizeInvalid(part.lengthBytes, sizeBytes);
    }
    if (sizeBytes === 0) {
      await writer.abort();
      return { blobKey: undefined, sizeBytes, broken };
    }
    await writer.commit();
    return { blobKey, sizeBytes, broken };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function copy(writer: BlobWriter, part: PartBody, hash: Hash) {
  const bytes = part.body[Symbol.asyncIterator]();
  let sizeBytes = 0;
  try {
    for (;;) {
      const next = await takeNext(bytes);
      if ('broken' in next) return { sizeBytes, broken: next.broken };
      if (next.piece === undefined) return { sizeBytes, broken: undefined };
      sizeBytes += next.piece.length;
      if (sizeBytes > part.bytesMax) throw layerTooLarge();
      if (part.lengthBytes !== undefined && sizeBytes > part.lengthBytes) {
        throw uploadSizeInvalid(part.lengthBytes, sizeBytes);
      }
      hash.update(next.piece);
      await writer.append(next.piece);
    }
  } catch (error) {
    await bytes.return?.();
    throw error;
  }
}

/** A fault of the client's stream is told apart from one of the store's. */
async function takeNext(
  bytes: AsyncIterator<Uint8Array>,
): Promise<{ readonly piece: Uint8Array | undefined } | { readonly broken: unknown }> {
  try {
    const { done, value } = await bytes.next();
    return { piece: done === true ? undefined : value };
  } catch (broken) {
    return { broken };
  }
}
