// Encrypting and decrypting with whatever key: symmetric ones, and key pairs of RSA.

import type { MaybePromise } from '#core/operation.ts';
import type { KmsKey } from '../keys/key.ts';
import type { KmsRooms } from '../rooms.ts';
import { keyPairOf } from './asymmetric/key-pair.ts';
import { decryptOaep, encryptOaep, requireOaep } from './asymmetric/rsa-encryption.ts';
import { encrypt, invalidCiphertext } from './ciphertext.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { openCiphertext } from './source-key.ts';
import { requireEncryption } from './usage.ts';

export const symmetricAlgorithm = 'SYMMETRIC_DEFAULT';

export interface Encryption {
  readonly algorithm: string | undefined;
  readonly context: EncryptionContext | undefined;
}

/** Throws kms-key-usage-invalid, and validation-failed for what the algorithm does not take. */
export function requireEncryptionBy(
  key: KmsKey,
  operation: string,
  { algorithm = symmetricAlgorithm, context }: Encryption,
  plaintextBytes?: number,
): void {
  requireEncryption(key, operation, algorithm);
  if (algorithm !== symmetricAlgorithm) requireOaep(key, algorithm, context, plaintextBytes);
}

export interface Encrypted {
  readonly ciphertext: Buffer;
  /** Of symmetric keys. */
  readonly materialId?: string;
}

/** What was asked for fits the key (`requireEncryptionBy`). */
export function encryptBy(
  key: KmsKey,
  plaintext: Uint8Array,
  { algorithm = symmetricAlgorithm, context }: Encryption,
  { materials, random }: KmsRooms,
): MaybePromise<Encrypted> {
  return materials.use(key, (material) => {
    if (algorithm !== symmetricAlgorithm) {
      return { ciphertext: encryptOaep(keyPairOf(material), algorithm, plaintext) };
    }
    return { ciphertext: encrypt(key, material, plaintext, context, random), materialId: material.materialId };
  });
}

export interface Decrypted {
  readonly plaintext: Buffer;
  /** Of symmetric keys. */
  readonly materialId?: string;
}

/** Throws kms-incorrect-key for a ciphertext that names another key, kms-ciphertext-invalid if it does not open. */
export function decryptBy(
  key: KmsKey,
  ciphertext: Uint8Array | undefined,
  { algorithm = symmetricAlgorithm, context }: Encryption,
  rooms: KmsRooms,
): MaybePromise<Decrypted> {
  if (algorithm === symmetricAlgorithm) {
    return openCiphertext(key, ciphertext, context, rooms);
  }
  if (ciphertext === undefined) throw invalidCiphertext();
  return rooms.materials.use(key, async (material) => ({
    plaintext: await decryptOaep(keyPairOf(material), algorithm, ciphertext),
  }));
}
