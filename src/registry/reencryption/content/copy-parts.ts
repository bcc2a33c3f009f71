// Copies stored parts into one object of the domain that a repository moves to, a segment at a time.

import type { UsedObject } from '#core/ports/repository-keys.ts';
import { releaseBuffer } from '#std/release-buffer.ts';
import { type Part, readParts } from '../../layers/read-parts.ts';
import { newBlobKey } from '../../uploads/write-part.ts';
import { type Move, nextPiece } from './move.ts';

export interface CopiedObject {
  readonly blobKey: string;
  readonly sizeBytes: number;
  /** Read before the object was committed: collection's grace for it has not begun earlier. */
  readonly unnamedSinceMs: number;
}

export interface CopyCheck {
  /** What the parts are, for the record of the keys' uses. */
  readonly object?: UsedObject;
  readonly take: (bytes: Uint8Array) => void;
  /** Throws when what was taken is not what it should be: then nothing is stored. */
  readonly end: () => void;
}

/** Durable when it resolves. When it throws there is no such object. */
export async function copyParts(move: Move, parts: readonly Part[], check: CopyCheck): Promise<CopiedObject> {
  const { blobs, clock, random, repository } = move;
  await nextPiece(move, check.object);
  const blobKey = newBlobKey(repository.keyDomain, random);
  const writer = await blobs.write(blobKey);
  try {
    for await (const bytes of readParts(blobs, parts)) {
      check.take(bytes);
      await writer.append(bytes);
      releaseBuffer(bytes);
      await nextPiece(move, check.object);
    }
    check.end();
    const unnamedSinceMs = clock.nowMs();
    return { blobKey, sizeBytes: await writer.commit(), unnamedSinceMs };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
