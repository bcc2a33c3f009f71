// Where bytes stand in an encrypted blob: a header, then segments, each of which begins at a whole MiB.

import { limits } from '#core/limits.ts';
import { headerBytes } from './header.ts';

export const tagBytes = 16;
/** A segment as it is stored, the header (in the first) and the tag included; only the last one is shorter. */
export const storedSegmentBytes = limits.segmentSizeBytes;
/** Header and plaintext together fill segments of this many bytes. */
const bodyBytes = storedSegmentBytes - tagBytes;

export interface Layout {
  readonly segments: number;
  readonly plainBytes: number;
}

/** Undefined for a stored size that no blob has: the last segment of several is never empty. */
export function layoutOf(storedBytes: number): Layout | undefined {
  const segments = Math.ceil(storedBytes / storedSegmentBytes);
  const lastBytes = storedBytes - (segments - 1) * storedSegmentBytes;
  const isPossible = segments <= 1 ? storedBytes >= headerBytes + tagBytes : lastBytes > tagBytes;
  return isPossible ? { segments, plainBytes: storedBytes - headerBytes - segments * tagBytes } : undefined;
}

/** How many plaintext bytes a whole segment holds. */
export function capacityOf(index: number): number {
  return index === 0 ? bodyBytes - headerBytes : bodyBytes;
}

/** The segment that holds a plaintext position. */
export function segmentOf(position: number): number {
  return Math.floor((position + headerBytes) / bodyBytes);
}

/** The plaintext position at which a segment begins. */
export function startOf(index: number): number {
  return index === 0 ? 0 : index * bodyBytes - headerBytes;
}
