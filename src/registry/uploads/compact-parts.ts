// Rewrites an upload in many small parts into one object, so that nobody can scatter tiny files for ever.

import { type Part, readParts } from '../layers/read-parts.ts';
import type { UploadStore } from './upload-store.ts';

/** More parts than these, or smaller ones on average, are too many files for what they hold. */
const partsMax = 64;
const averagePartBytesMin = 1024 * 1024;

export interface CompactedPart extends Part {
  /** Read before the object was committed. */
  readonly unnamedSinceMs: number;
}

export function isScattered(parts: readonly Part[]): boolean {
  if (parts.length <= 1) return false;
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return parts.length > partsMax || sizeBytes < parts.length * averagePartBytesMin;
}

/** Copies the parts into one durable object, a piece at a time. When it throws there is no such object. */
export async function compactParts(
  { blobs, clock }: Pick<UploadStore, 'blobs' | 'clock'>,
  parts: readonly Part[],
  blobKey: string,
): Promise<CompactedPart> {
  const writer = await blobs.write(blobKey);
  try {
    for await (const bytes of readParts(blobs, parts)) await writer.append(bytes);
    const unnamedSinceMs = clock.nowMs();
    return { key: blobKey, sizeBytes: await writer.commit(), unnamedSinceMs };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
