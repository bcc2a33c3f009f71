// Ciphertexts of symmetric keys, which say themselves what made them. docs/design/keys.md has the bytes.

import { DomainError } from '#core/errors.ts';
import type { Random } from '#core/random.ts';
import type { KmsKey } from '../keys/key.ts';
import type { Material } from '../material/materials.ts';
import { nonceBytes, openWith, saltBytes, sealWith, valueKey } from '../sealing.ts';
import { canonicalContext, type EncryptionContext } from './encryption-context.ts';

const formatVersion = 1;
const plainKeyId = 0;
const multiRegionKeyId = 1;
const idBytes = 16;
const materialIdBytes = 32;
const headerBytes = 2 + idBytes + materialIdBytes;
const prefixBytes = headerBytes + saltBytes;
const shortestBytes = prefixBytes + nonceBytes + 16;
/** Tells these keys from all others that descend from the material. */
const purpose = 'kms-ciphertext';

/** What stands in a ciphertext for everybody to read. */
export interface CiphertextHeader {
  readonly keyId: string;
  readonly materialId: string;
}

/** A fresh salt makes a fresh key each time: no nonce ever meets another under one key. */
export function encrypt(
  key: KmsKey,
  material: Material,
  plaintext: Uint8Array,
  context: EncryptionContext | undefined,
  random: Random,
): Buffer {
  const additional = canonicalContext(context);
  const fresh = random.bytes(saltBytes + nonceBytes);
  const salt = fresh.subarray(0, saltBytes);
  const prefix = Buffer.concat([headerOf(key.keyId, material.materialId), salt]);
  const secret = valueKey(material.bytes, purpose, salt);
  const sealed = sealWith(secret, fresh.subarray(saltBytes), Buffer.concat([prefix, additional]), plaintext);
  secret.fill(0);
  return Buffer.concat([prefix, sealed]);
}

/** Throws kms-ciphertext-invalid when a bit of it, or the context, is not what it was. */
export function decrypt(material: Material, ciphertext: Uint8Array, context: EncryptionContext | undefined): Buffer {
  const bytes = bufferOf(ciphertext);
  const additional = canonicalContext(context);
  const secret = valueKey(material.bytes, purpose, bytes.subarray(headerBytes, prefixBytes));
  try {
    return openWith(secret, Buffer.concat([bytes.subarray(0, prefixBytes), additional]), bytes.subarray(prefixBytes));
  } catch {
    throw invalidCiphertext();
  } finally {
    secret.fill(0);
  }
}

/** Throws kms-ciphertext-invalid for what is no ciphertext of ours. */
export function readHeader(ciphertext: Uint8Array): CiphertextHeader {
  const bytes = bufferOf(ciphertext);
  const kind = bytes[1];
  const isKnown = kind === plainKeyId || kind === multiRegionKeyId;
  if (bytes.length < shortestBytes || bytes[0] !== formatVersion || !isKnown) throw invalidCiphertext();
  const id = bytes.toString('hex', 2, 2 + idBytes);
  const materialId = bytes.toString('hex', 2 + idBytes, headerBytes);
  if (kind === multiRegionKeyId) return { keyId: `mrk-${id}`, materialId };
  const parts = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)];
  return { keyId: parts.join('-'), materialId };
}

/** AWS says no more than the code: not what was wrong. */
export function invalidCiphertext(): DomainError<'kms-ciphertext-invalid'> {
  return new DomainError('kms-ciphertext-invalid', '', {});
}

function headerOf(keyId: string, materialId: string): Buffer {
  const isMultiRegion = keyId.startsWith('mrk-');
  const id = isMultiRegion ? keyId.slice('mrk-'.length) : keyId.replaceAll('-', '');
  const kind = isMultiRegion ? multiRegionKeyId : plainKeyId;
  return Buffer.concat([Buffer.from([formatVersion, kind]), Buffer.from(id, 'hex'), Buffer.from(materialId, 'hex')]);
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
