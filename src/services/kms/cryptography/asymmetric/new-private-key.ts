// Fresh private keys of each spec, made off the event loop: an RSA key of 4096 bits takes a second.

import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { DomainError } from '#core/errors.ts';

const generate = promisify(generateKeyPair);

type Maker = () => Promise<{ readonly privateKey: KeyObject }>;

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['RSA_2048', () => inTurn(() => generate('rsa', { modulusLength: 2048 }))],
  ['RSA_3072', () => inTurn(() => generate('rsa', { modulusLength: 3072 }))],
  ['RSA_4096', () => inTurn(() => generate('rsa', { modulusLength: 4096 }))],
  ['ECC_NIST_P256', () => generate('ec', { namedCurve: 'prime256v1' })],
  ['ECC_NIST_P384', () => generate('ec', { namedCurve: 'secp384r1' })],
  ['ECC_NIST_P521', () => generate('ec', { namedCurve: 'secp521r1' })],
  ['ECC_SECG_P256K1', () => generate('ec', { namedCurve: 'secp256k1' })],
  ['ECC_NIST_EDWARDS25519', () => generate('ed25519')],
  ['ML_DSA_44', () => ofNewer('ml-dsa-44', () => generate('ml-dsa-44'))],
  ['ML_DSA_65', () => ofNewer('ml-dsa-65', () => generate('ml-dsa-65'))],
  ['ML_DSA_87', () => ofNewer('ml-dsa-87', () => generate('ml-dsa-87'))],
  ['ML_KEM_512', () => ofNewer('ml-kem-512', () => generate('ml-kem-512'))],
  ['ML_KEM_768', () => ofNewer('ml-kem-768', () => generate('ml-kem-768'))],
  ['ML_KEM_1024', () => ofNewer('ml-kem-1024', () => generate('ml-kem-1024'))],
]);

export function isPairSpec(spec: string): boolean {
  return makers.has(spec);
}

/** PKCS#8, DER. Throws for a spec that has no private key. */
export async function newPrivateKey(spec: string): Promise<Buffer> {
  const make = makers.get(spec);
  if (make === undefined) throw new Error(`keys of ${spec} are no key pairs`);
  const { privateKey } = await make();
  return privateKey.export({ type: 'pkcs8', format: 'der' });
}

/** Throws kms-unsupported where the runtime's OpenSSL is older than the algorithm. */
async function ofNewer<Made>(name: string, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (cause) {
    const message = `Keys of ${name} are not served: the runtime of this Sallyport cannot make them.`;
    throw new DomainError('kms-unsupported', message, {}, { cause });
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** RSA keys are made one after another: files are read on the same few threads, and must not wait for all of them. */
function inTurn<Made>(make: () => Promise<Made>): Promise<Made> {
  const made = turn.then(make);
  turn = made.catch(() => {
    // Whoever asked for it is told; the next one starts all the same.
  });
  return made;
}
