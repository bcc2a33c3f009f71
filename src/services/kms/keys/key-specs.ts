// What keys there are: one line a spec, with what they are for, their algorithms and their material.

import { DomainError } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Random } from '#core/random.ts';
import { newPrivateKey } from '../cryptography/asymmetric/new-private-key.ts';

/** What a key may be for, and with which algorithms. */
export type Usages = Readonly<Partial<Record<KeyUsage, readonly string[]>>>;
export type KeyUsage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT';

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

const rsa: Usages = {
  SIGN_VERIFY: rsaSignatures,
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
};
const KEY_AGREEMENT = ['ECDH'];

/** Material is a private key, PKCS#8. */
const pair = (spec: string, usages: Usages): readonly [string, KeySpecFacts] => [
  spec,
  { usages, make: () => newPrivateKey(spec) },
];

/** Material is as long as what the hash makes. */
const hmac = (bits: number): readonly [string, KeySpecFacts] => [
  `HMAC_${bits}`,
  { usages: { GENERATE_VERIFY_MAC: [`HMAC_SHA_${bits}`] }, make: (random) => random.bytes(bits / 8) },
];

const specs: ReadonlyMap<string, KeySpecFacts> = new Map<string, KeySpecFacts>([
  [
    'SYMMETRIC_DEFAULT',
    { usages: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] }, make: (random: Random) => random.bytes(32) },
  ],
  hmac(224),
  hmac(256),
  hmac(384),
  hmac(512),
  pair('RSA_2048', rsa),
  pair('RSA_3072', rsa),
  pair('RSA_4096', rsa),
  pair('ECC_NIST_P256', { SIGN_VERIFY: ['ECDSA_SHA_256'], KEY_AGREEMENT }),
  pair('ECC_NIST_P384', { SIGN_VERIFY: ['ECDSA_SHA_384'], KEY_AGREEMENT }),
  pair('ECC_NIST_P521', { SIGN_VERIFY: ['ECDSA_SHA_512'], KEY_AGREEMENT }),
  pair('ECC_SECG_P256K1', { SIGN_VERIFY: ['ECDSA_SHA_256'] }),
  pair('ECC_NIST_EDWARDS25519', { SIGN_VERIFY: ['ED25519_SHA_512'] }),
  pair('ML_DSA_44', { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }),
  pair('ML_DSA_65', { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }),
  pair('ML_DSA_87', { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }),
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
