// What keys there are: one line a spec, with what they are for, their algorithms and their material.

import { DomainError } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Random } from '#core/random.ts';
import { newPrivateKey } from '../cryptography/asymmetric/new-private-key.ts';

/** What a key may be for, and with which algorithms. */
export type Usages = Readonly<Partial<Record<KeyUsage, readonly string[]>>>;
export type KeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY';

export interface KeySpecFacts {
  readonly usages: Usages;
  /** Fresh material. */
  readonly make: (random: Random) => MaybePromise<Uint8Array>;
}

const rsaSignatures = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
];

/** Material is a private key, PKCS#8. */
const pair = (spec: string, usages: Usages): readonly [string, KeySpecFacts] => [
  spec,
  { usages, make: () => newPrivateKey(spec) },
];

const specs: ReadonlyMap<string, KeySpecFacts> = new Map<string, KeySpecFacts>([
  [
    'SYMMETRIC_DEFAULT',
    { usages: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] }, make: (random: Random) => random.bytes(32) },
  ],
  pair('RSA_2048', { SIGN_VERIFY: rsaSignatures }),
  pair('RSA_3072', { SIGN_VERIFY: rsaSignatures }),
  pair('RSA_4096', { SIGN_VERIFY: rsaSignatures }),
  pair('ECC_NIST_P256', { SIGN_VERIFY: ['ECDSA_SHA_256'] }),
  pair('ECC_NIST_P384', { SIGN_VERIFY: ['ECDSA_SHA_384'] }),
  pair('ECC_NIST_P521', { SIGN_VERIFY: ['ECDSA_SHA_512'] }),
  pair('ECC_SECG_P256K1', { SIGN_VERIFY: ['ECDSA_SHA_256'] }),
]);

/** Throws kms-unsupported for a spec that this version does not make. */
export function requireSpec(spec: string): KeySpecFacts {
  const facts = specs.get(spec);
  if (facts !== undefined) return facts;
  throw new DomainError('kms-unsupported', `Keys of KeySpec ${spec} are not served by this version of Sallyport.`, {});
}

/** What a key may be used with; none where its usage is not one of its spec's. */
export function algorithmsOf({ spec, usage }: { readonly spec: string; readonly usage: string }): readonly string[] {
  return requireSpec(spec).usages[usage as KeyUsage] ?? [];
}
