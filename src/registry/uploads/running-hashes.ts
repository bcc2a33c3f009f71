// The hash of an open upload, kept in memory between its requests so that completing it reads nothing again.

import { createHash, type Hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DigestAlgorithm } from '#core/digest.ts';
import { limits } from '#core/limits.ts';

interface RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly receivedBytes: number;
  readonly hash: Hash;
}

/** Bounded; an entry that is evicted, or that another process has, costs one re-reading at completion. */
export class RunningHashes {
  readonly #hashes = new LRUCache<string, RunningHash>({ max: limits.openUploadsMax });

  /** A hash that goes on where the upload stands; undefined when it is not known here. */
  continue(uploadId: string, algorithm: DigestAlgorithm, receivedBytes: number): Hash | undefined {
    if (receivedBytes === 0) return createHash(algorithm);
    const known = this.#hashes.get(uploadId);
    if (known?.algorithm !== algorithm || known.receivedBytes !== receivedBytes) return undefined;
    // A copy: should the part fail, the hash of what came before it is still here.
    return known.hash.copy();
  }

  keep(uploadId: string, running: RunningHash): void {
    this.#hashes.set(uploadId, running);
  }

  forget(uploadId: string): void {
    this.#hashes.delete(uploadId);
  }
}
