// The only place that makes randomness, so that tests and simulations can replace it.

import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(length: number): Buffer;
  /** Fills the buffer in place with strong bytes and returns it. */
  fill<T extends Uint8Array>(target: T): T;
  /** A lower-case version 4 UUID. */
  uuid(): string;
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  fill: (target) => randomFillSync(target),
  uuid: () => randomUUID(),
};
