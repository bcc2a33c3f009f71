// Fresh private keys of each spec, made off the event loop: an RSA key of 4096 bits takes a second.

import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

const makers: Readonly<Record<string, () => Promise<{ readonly privateKey: KeyObject }>>> = {
  RSA_2048: () => generate('rsa', { modulusLength: 2048 }),
  RSA_3072: () => generate('rsa', { modulusLength: 3072 }),
  RSA_4096: () => generate('rsa', { modulusLength: 4096 }),
  ECC_NIST_P256: () => generate('ec', { namedCurve: 'prime256v1' }),
  ECC_NIST_P384: () => generate('ec', { namedCurve: 'secp384r1' }),
  ECC_NIST_P521: () => generate('ec', { namedCurve: 'secp521r1' }),
  ECC_SECG_P256K1: () => generate('ec', { namedCurve: 'secp256k1' }),
};

/** PKCS#8, DER. Throws for a spec that has no private key. */
export async function newPrivateKey(spec: string): Promise<Buffer> {
  const make = makers[spec];
  if (make === undefined) throw new Error(`keys of ${spec} are no key pairs`);
  const { privateKey } = await make();
  return privateKey.export({ type: 'pkcs8', format: 'der' });
}
