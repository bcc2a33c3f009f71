// Encryption with RSA key pairs: OAEP, whose ciphertexts name neither key nor context.

import { constants, publicEncrypt } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import type { KmsKey } from '../../keys/key.ts';
import { invalidCiphertext } from '../ciphertext.ts';
import type { EncryptionContext } from '../encryption-context.ts';
import type { KeyPair } from './key-pair.ts';
import { useRsa } from './rsa-thread.ts';

const hashes: ReadonlyMap<string, { readonly oaepHash: string; readonly sizeBytes: number }> = new Map([
  ['RSAES_OAEP_SHA_1', { oaepHash: 'sha1', sizeBytes: 20 }],
  ['RSAES_OAEP_SHA_256', { oaepHash: 'sha256', sizeBytes: 32 }],
]);
const padding = constants.RSA_PKCS1_OAEP_PADDING;

/** Throws validation-failed for a context, which RSA cannot bind, and for more than fits under the modulus. */
export function requireOaep(
  { spec }: KmsKey,
  algorithm: string,
  context: EncryptionContext | undefined,
  plaintextBytes = 0,
): void {
  if (Object.keys(context ?? {}).length > 0) {
    const message = `An encryption context is not valid for algorithm ${algorithm}.`;
    throw new DomainError('validation-failed', message, {});
  }
  const most = Number(spec.slice('RSA_'.length)) / 8 - 2 * hashOf(algorithm).sizeBytes - 2;
  if (plaintextBytes <= most) return;
  const message = `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${most} bytes.`;
  throw new DomainError('validation-failed', message, {});
}

export function encryptOaep({ publicKey: key }: KeyPair, algorithm: string, plaintext: Uint8Array): Buffer {
  return publicEncrypt({ key, padding, oaepHash: hashOf(algorithm).oaepHash }, plaintext);
}

/** Throws kms-ciphertext-invalid, and does not say why. */
export async function decryptOaep(
  { privateKey: key }: Pick<KeyPair, 'privateKey'>,
  algorithm: string,
  bytes: Uint8Array,
): Promise<Buffer> {
  const opened = await useRsa({ key, padding, oaepHash: hashOf(algorithm).oaepHash, bytes });
  if (opened === undefined) throw invalidCiphertext();
  return opened;
}

function hashOf(algorithm: string): { readonly oaepHash: string; readonly sizeBytes: number } {
  const hash = hashes.get(algorithm);
  if (hash === undefined) throw new Error(`there is no encryption algorithm ${algorithm}`);
  return hash;
}
