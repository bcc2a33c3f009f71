// How the garbage collector counts buffers: docs/decisions/0006-external-memory.md has the figures.

import { setFlagsFromString } from 'node:v8';

/**
 * Layers move through buffers outside V8's heap. By default each few dozen MiB of them forces a collection of the
 * whole heap, however little of it is in use; counted together with the heap they are freed when it is worth it.
 */
export function tuneGarbageCollection(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
