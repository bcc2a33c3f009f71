// Key material as it comes in: encrypted for the wrapping key, with RSA alone or with a key of AES in between.

import { constants, createDecipheriv, createPrivateKey } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import { useRsa } from '../../cryptography/asymmetric/rsa-thread.ts';
import { invalidCiphertext } from '../../cryptography/ciphertext.ts';

interface Wrapping {
  readonly oaepHash: 'sha1' | 'sha256';
  /** True where RSA encrypts a key of 256 bits, and that the material (RFC 5649). */
  readonly hasAesKey: boolean;
}

const wrappings: ReadonlyMap<string, Wrapping> = new Map([
  ['RSAES_OAEP_SHA_1', { oaepHash: 'sha1', hasAesKey: false }],
  ['RSAES_OAEP_SHA_256', { oaepHash: 'sha256', hasAesKey: false }],
  ['RSA_AES_KEY_WRAP_SHA_1', { oaepHash: 'sha1', hasAesKey: true }],
  ['RSA_AES_KEY_WRAP_SHA_256', { oaepHash: 'sha256', hasAesKey: true }],
]);
const alternativeInitialValue = Buffer.from('a65959a6', 'hex');

/** Throws kms-unsupported for RSAES_PKCS1_V1_5, which AWS has given up, and for SM2PKE. */
export function requireWrapping(algorithm: string): void {
  if (wrappings.has(algorithm)) return;
  throw new DomainError('kms-unsupported', `WrappingAlgorithm ${algorithm} is not served by Sallyport.`, {});
}

/** Throws kms-ciphertext-invalid, and does not say why. */
export async function unwrapImported(privateKey: Uint8Array, algorithm: string, wrapped: Uint8Array): Promise<Buffer> {
  const { oaepHash = '', hasAesKey = false } = wrappings.get(algorithm) ?? {};
  const { buffer, byteOffset, length } = privateKey;
  const key = createPrivateKey({ key: Buffer.from(buffer, byteOffset, length), format: 'der', type: 'pkcs8' });
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const opened = await useRsa({ key, padding, oaepHash, bytes: hasAesKey ? wrapped.subarray(0, size) : wrapped });
  if (opened === undefined) throw invalidCiphertext();
  if (!hasAesKey) return opened;
  try {
    const decipher = createDecipheriv('id-aes256-wrap-pad', opened, alternativeInitialValue);
    const pieces = [decipher.update(wrapped.subarray(size)), decipher.final()];
    const material = Buffer.concat(pieces);
    for (const piece of pieces) piece.fill(0);
    return material;
  } catch {
    throw invalidCiphertext();
  } finally {
    opened.fill(0);
  }
}
