// Signatures over messages, which OpenSSL hashes itself, and over digests that callers made.

import { constants, sign, verify } from 'node:crypto';
import type { MaybePromise } from '#core/operation.ts';
import type { Random } from '#core/random.ts';
import { isEcdsaDigestSigned, signEcdsaDigest } from './ecdsa-digest.ts';
import type { KeyPair } from './key-pair.ts';
import { isRsaDigestSigned, signRsaDigest } from './rsa-digest.ts';
import type { HashingAlgorithm, SigningAlgorithm } from './signing-algorithms.ts';

export interface SignedMessage {
  readonly bytes: Uint8Array;
  /** True where `bytes` is the digest of the message, made by the caller. */
  readonly isDigest: boolean;
}

/** Throws validation-failed for a digest that no curve can sign. Only ECDSA is quick enough for the event loop. */
export function makeSignature(
  pair: KeyPair,
  algorithm: SigningAlgorithm,
  { bytes, isDigest }: SignedMessage,
  random: Random,
): MaybePromise<Buffer> {
  const isEcdsa = algorithm.scheme === 'ecdsa';
  if (isDigest) {
    const hashing = requireHashing(algorithm);
    return isEcdsa ? signEcdsaDigest(pair, hashing, bytes, random) : signRsaDigest(pair, hashing, bytes, random);
  }
  const { hash, padding } = optionsOf(algorithm);
  const key = { key: pair.privateKey, ...padding };
  if (isEcdsa) return sign(hash, bytes, key);
  return new Promise((resolve, reject) => {
    sign(hash, bytes, key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

export function isSignature(
  pair: KeyPair,
  algorithm: SigningAlgorithm,
  { bytes, isDigest }: SignedMessage,
  signature: Uint8Array,
): boolean {
  if (!isDigest) {
    const { hash, padding } = optionsOf(algorithm);
    return verify(hash, bytes, { key: pair.publicKey, ...padding }, signature);
  }
  const isSigned = algorithm.scheme === 'ecdsa' ? isEcdsaDigestSigned : isRsaDigestSigned;
  return isSigned(pair, requireHashing(algorithm), bytes, signature);
}

interface Options {
  readonly hash: string | null;
  readonly padding: { readonly padding?: number; readonly saltLength?: number };
}

function optionsOf(algorithm: SigningAlgorithm): Options {
  switch (algorithm.scheme) {
    case 'pkcs1':
      return { hash: algorithm.hash, padding: { padding: constants.RSA_PKCS1_PADDING } };
    case 'pss': {
      const { hash, digestBytes: saltLength } = algorithm;
      return { hash, padding: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } };
    }
    case 'ecdsa':
      return { hash: algorithm.hash, padding: {} };
    default:
      return { hash: null, padding: {} };
  }
}

function requireHashing(algorithm: SigningAlgorithm): HashingAlgorithm {
  if ('hash' in algorithm) return algorithm;
  throw new Error(`${algorithm.scheme} signs no digests`);
}
