// Signatures over messages, which OpenSSL hashes itself, and over digests that callers made.

import { constants, sign, verify } from 'node:crypto';
import type { MaybePromise } from '#core/operation.ts';
import type { Random } from '#core/random.ts';
import { isEcdsaDigestSigned, signEcdsaDigest } from './ecdsa-digest.ts';
import type { KeyPair } from './key-pair.ts';
import { isRsaDigestSigned, signRsaDigest } from './rsa-digest.ts';
import type { SigningAlgorithm } from './signing-algorithms.ts';

export interface SignedMessage {
  readonly bytes: Uint8Array;
  /** True where `bytes` is the digest of the message, made by the caller. */
  readonly isDigest: boolean;
}

/** Throws validation-failed for a digest that no curve can sign. RSA signs off the event loop where it can. */
export function makeSignature(
  pair: KeyPair,
  algorithm: SigningAlgorithm,
  { bytes, isDigest }: SignedMessage,
  random: Random,
): MaybePromise<Buffer> {
  const isEcdsa = algorithm.scheme === 'ecdsa';
  if (isDigest) {
    return isEcdsa ? signEcdsaDigest(pair, algorithm, bytes, random) : signRsaDigest(pair, algorithm, bytes, random);
  }
  const key = { key: pair.privateKey, ...paddingOf(algorithm) };
  if (isEcdsa) return sign(algorithm.hash, bytes, key);
  return new Promise((resolve, reject) => {
    sign(algorithm.hash, bytes, key, (error, signature) => {
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
  if (!isDigest) return verify(algorithm.hash, bytes, { key: pair.publicKey, ...paddingOf(algorithm) }, signature);
  const isSigned = algorithm.scheme === 'ecdsa' ? isEcdsaDigestSigned : isRsaDigestSigned;
  return isSigned(pair, algorithm, bytes, signature);
}

function paddingOf({ scheme, digestBytes }: SigningAlgorithm): { padding?: number; saltLength?: number } {
  switch (scheme) {
    case 'pkcs1':
      return { padding: constants.RSA_PKCS1_PADDING };
    case 'pss':
      return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: digestBytes };
    case 'ecdsa':
      return {};
  }
}
