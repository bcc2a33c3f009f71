// Key material as its owner brings it into a key, wrapped as AWS's instructions for openssl do it.

import { createCipheriv, createPublicKey, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto';
import * as Kms from '@aws-sdk/client-kms';

export type GivenImport = Partial<Kms.ImportKeyMaterialCommandInput>;

export function wrapMaterial(publicKey: KeyObject, algorithm: Kms.AlgorithmSpec, material: Buffer): Buffer {
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  const seal = (bytes: Buffer) => publicEncrypt({ key: publicKey, padding: 4, oaepHash }, bytes);
  if (!algorithm.startsWith('RSA_AES')) return seal(material);
  const key = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', key, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([seal(key), cipher.update(material), cipher.final()]);
}

export function readWrappingKey(publicKey: Uint8Array = new Uint8Array()): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
}

/** Without an end, unless `given` says otherwise. */
export async function importMaterial(
  kms: Kms.KMSClient,
  KeyId: string,
  material: Buffer,
  given: GivenImport = {},
  WrappingAlgorithm: Kms.AlgorithmSpec = 'RSAES_OAEP_SHA_256',
): Promise<Kms.ImportKeyMaterialCommandOutput> {
  const wanted = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' } as const;
  const { PublicKey, ImportToken } = await kms.send(new Kms.GetParametersForImportCommand(wanted));
  const EncryptedKeyMaterial = wrapMaterial(readWrappingKey(PublicKey), WrappingAlgorithm, material);
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const;
  const input = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel, ...given };
  return kms.send(new Kms.ImportKeyMaterialCommand(input));
}
