// Whether imported bytes are material for a key of this spec.

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { DomainError } from '#core/errors.ts';

/** Bytes of the specs whose material is any bytes. */
const lengths: ReadonlyMap<string, number> = new Map([
  ['SYMMETRIC_DEFAULT', 32],
  ['HMAC_224', 28],
  ['HMAC_256', 32],
  ['HMAC_384', 48],
  ['HMAC_512', 64],
]);
/** Type, and the curve or the bits of the modulus, of private keys. */
const pairs: ReadonlyMap<string, string> = new Map([
  ['RSA_2048', 'rsa 2048'],
  ['RSA_3072', 'rsa 3072'],
  ['RSA_4096', 'rsa 4096'],
  ['ECC_NIST_P256', 'ec prime256v1'],
  ['ECC_NIST_P384', 'ec secp384r1'],
  ['ECC_NIST_P521', 'ec secp521r1'],
  ['ECC_SECG_P256K1', 'ec secp256k1'],
  ['ECC_NIST_EDWARDS25519', 'ed25519'],
  ['ML_DSA_44', 'ml-dsa-44'],
  ['ML_DSA_65', 'ml-dsa-65'],
  ['ML_DSA_87', 'ml-dsa-87'],
]);
const anyMessage = Buffer.from('sallyport');

/** As it is kept: a private key in one spelling. Throws kms-key-material-incorrect. */
export function readImported(spec: string, bytes: Buffer): Buffer {
  if (lengths.has(spec)) {
    if (bytes.length === lengths.get(spec)) return bytes;
    throw incorrectMaterial();
  }
  const key = readPrivateKey(bytes);
  if (key === undefined || kindOf(key) !== pairs.get(spec) || !isWhole(key)) throw incorrectMaterial();
  return key.export({ type: 'pkcs8', format: 'der' });
}

export function incorrectMaterial(): DomainError<'kms-key-material-incorrect'> {
  const message = 'The key material is not valid for the KMS key, or is not the material that was imported before.';
  return new DomainError('kms-key-material-incorrect', message, {});
}

function readPrivateKey(key: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

function kindOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  return [type, details?.namedCurve ?? details?.modulusLength].filter((part) => part !== undefined).join(' ');
}

/** The private half belongs to the public half that came with it. */
function isWhole(key: KeyObject): boolean {
  const hash = key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec' ? 'sha256' : null;
  try {
    return verify(hash, anyMessage, createPublicKey(key), sign(hash, anyMessage, key));
  } catch {
    return false;
  }
}
