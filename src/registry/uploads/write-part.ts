// Streams one request's bytes into one durable object, hashing them on the way: a part.

import type { Hash } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import { releaseBuffer } from '#std/release-buffer.ts';
import type { BlobWriter } from '#stores/blobs/blob-store.ts';
import { layerTooLarge, uploadSizeInvalid } from './refusals.ts';
import type { UploadStore } from './upload-store.ts';

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
  /** Read before the object was committed: collection's grace for it has not begun earlier. */
  readonly unnamedSinceMs: number;
  /** Set when the client vanished: the bytes before that are stored, so that it can go on from there. */
  readonly broken: DomainError | undefined;
}

export interface PartHandling {
  /** Is updated with every byte that is stored. */
  readonly hash?: Hash | undefined;
  /** A body that breaks off is a part nevertheless. */
  readonly keepBroken?: boolean;
}

/** A random name: no digest ever names an object. */
export function newBlobKey(domain: KeyDomainId, random: Random): string {
  const hex = random.bytes(16).toString('hex');
  return `${domain}/${hex.slice(0, 2)}/${hex}`;
}

/**
 * Throws limit-exceeded, upload-size-invalid and request-incomplete, and whatever the store throws; then nothing is
 * stored, whatever the hash has seen.
 */
export async function writePart(
  { blobs, clock }: Pick<UploadStore, 'blobs' | 'clock'>,
  blobKey: string,
  part: PartBody,
  { hash, keepBroken = false }: PartHandling = {},
): Promise<WrittenPart> {
  if ((part.lengthBytes ?? 0) > part.bytesMax) throw layerTooLarge();
  const writer = await blobs.write(blobKey);
  try {
    const { sizeBytes, broken } = await copy(writer, part, hash);
    if (broken !== undefined && (!keepBroken || sizeBytes === 0)) throw broken;
    if (broken === undefined && part.lengthBytes !== undefined && part.lengthBytes !== sizeBytes) {
      throw uploadSizeInvalid(part.lengthBytes, sizeBytes);
    }
    const unnamedSinceMs = clock.nowMs();
    if (sizeBytes === 0) {
      await writer.abort();
      return { blobKey: undefined, sizeBytes, unnamedSinceMs, broken };
    }
    await writer.commit();
    return { blobKey, sizeBytes, unnamedSinceMs, broken };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function copy(
  writer: BlobWriter,
  part: PartBody,
  hash: Hash | undefined,
): Promise<Pick<WrittenPart, 'sizeBytes' | 'broken'>> {
  const bytes = part.body[Symbol.asyncIterator]();
  let sizeBytes = 0;
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array, unknown>;
      try {
        next = await bytes.next();
      } catch (cause) {
        // How the client's stream broke: told apart from a fault of the store's.
        return { sizeBytes, broken: cause instanceof DomainError ? cause : incomplete(cause) };
      }
      if (next.done === true) return { sizeBytes, broken: undefined };
      const piece = next.value;
      sizeBytes += piece.length;
      if (sizeBytes > part.bytesMax) throw layerTooLarge();
      if (part.lengthBytes !== undefined && sizeBytes > part.lengthBytes) {
        throw uploadSizeInvalid(part.lengthBytes, sizeBytes);
      }
      hash?.update(piece);
      await writer.append(piece);
      releaseBuffer(piece);
    }
  } catch (error) {
    await bytes.return?.();
    throw error;
  }
}

function incomplete(cause: unknown): DomainError<'request-incomplete'> {
  return new DomainError('request-incomplete', 'The request ended before its body did', {}, { cause });
}
