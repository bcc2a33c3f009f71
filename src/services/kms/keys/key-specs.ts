// What keys there are: one line a spec, with what they are for, their algorithms and their material.

import type { EncryptionAlgorithmSpec } from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import type { Random } from '#core/random.ts';

export interface KeySpecFacts {
  /** The first is what a key is for when nobody says. */
  readonly usages: readonly string[];
  readonly encryptionAlgorithms?: readonly EncryptionAlgorithmSpec[];
  /** Fresh material. */
  readonly make: (random: Random) => Uint8Array;
}

const specs: ReadonlyMap<string, KeySpecFacts> = new Map<string, KeySpecFacts>([
  [
    'SYMMETRIC_DEFAULT',
    {
      usages: ['ENCRYPT_DECRYPT'],
      encryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      make: (random) => random.bytes(32),
    },
  ],
]);

/** Throws kms-unsupported for a spec that this version does not make. */
export function requireSpec(spec: string): KeySpecFacts {
  const facts = specs.get(spec);
  if (facts !== undefined) return facts;
  throw new DomainError('kms-unsupported', `Keys of KeySpec ${spec} are not served by this version of Sallyport.`, {});
}
