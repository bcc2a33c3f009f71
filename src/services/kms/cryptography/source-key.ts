// The key that opens a ciphertext: the one that the caller names, else the one that the ciphertext names itself.

import { kmsArn } from '#core/arn.ts';
import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import type { KmsKey } from '../keys/key.ts';
import { findTarget, type Target } from '../keys/key-reference.ts';
import type { KmsRooms } from '../rooms.ts';
import { decrypt, invalidCiphertext, readHeader } from './ciphertext.ts';
import type { EncryptionContext } from './encryption-context.ts';

export interface Source {
  readonly ciphertext: Uint8Array | undefined;
  readonly keyId: string | undefined;
}

/** Throws kms-ciphertext-invalid, access-denied for a key that is not there, and what `findTarget` throws. */
export function findSource({ ciphertext, keyId }: Source, caller: Caller, rooms: KmsRooms): MaybePromise<Target> {
  const registry = registryOf(caller);
  if (keyId !== undefined) return findTarget(rooms.records, keyId, { registry, takesAliases: true });
  const named = readHeader(ciphertext ?? new Uint8Array()).keyId;
  return goOn(rooms.records.find(registry.region, named), (key) => {
    if (key !== undefined) return { arn: key.arn, key, alias: undefined };
    const message =
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are ' +
      'not allowed to access.';
    throw new DomainError('access-denied', message, {
      action: 'kms:Decrypt',
      resource: kmsArn(registry, `key/${named}`),
    });
  });
}

export interface OpenedCiphertext {
  readonly plaintext: Buffer;
  readonly materialId: string;
}

/** Throws kms-incorrect-key for another key's ciphertext, kms-ciphertext-invalid for one that does not open. */
export function openCiphertext(
  key: KmsKey,
  ciphertext: Uint8Array | undefined,
  context: EncryptionContext | undefined,
  { materials }: KmsRooms,
): MaybePromise<OpenedCiphertext> {
  if (ciphertext === undefined) throw invalidCiphertext();
  const { keyId, materialId } = readHeader(ciphertext);
  if (keyId !== key.keyId) {
    const message = 'The key ID in the request does not identify a CMK that can perform this operation.';
    throw new DomainError('kms-incorrect-key', message, {});
  }
  return materials.useOlder(
    key,
    materialId,
    (material) => ({ plaintext: decrypt(material, ciphertext, context), materialId }),
    invalidCiphertext,
  );
}
