// How memory outside V8's heap is counted and reused: docs/decisions/0006-external-memory.md has the figures.

import { setFlagsFromString } from 'node:v8';
import { releaseBuffer } from '#std/release-buffer.ts';

/**
 * Layers move through buffers outside V8's heap. By default each few dozen MiB of them forces a collection of the
 * whole heap, however little of it is in use; counted together with the heap they are freed when it is worth it.
 */
function tuneGarbageCollection(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}

/** Twice as much free memory at most stays with the process. */
const keptBytes = 16 * 1024 * 1024;

/**
 * Segments of 1 MiB are allocated and released without end. glibc would give each back to the system at once and get
 * fresh pages for the next, which costs more than decrypting into them; a larger block that was released raises its
 * thresholds (mallopt(3), M_MMAP_THRESHOLD). The block is never touched, so it costs no memory.
 */
function keepReleasedMemory(): void {
  releaseBuffer(Buffer.allocUnsafeSlow(keptBytes));
}

/** For every process that moves layers, before it does. */
export function tuneMemory(): void {
  tuneGarbageCollection();
  keepReleasedMemory();
}
