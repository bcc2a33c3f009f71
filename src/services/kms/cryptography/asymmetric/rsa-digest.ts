// RSA signatures over digests that callers made: the encodings of RFC 8017, §9, around OpenSSL's bare RSA.

import { constants, createHash, publicDecrypt } from 'node:crypto';
import type { Random } from '#core/random.ts';
import type { KeyPair } from './key-pair.ts';
import { useRsa } from './rsa-thread.ts';
import type { HashingAlgorithm } from './signing-algorithms.ts';

/** What stands before the digest in PKCS #1 v1.5: the hash's name, DER (RFC 8017, §9.2, note 1). */
const digestInfos: Readonly<Record<HashingAlgorithm['hash'], Buffer>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};
const zeros = Buffer.alloc(8);
const trailer = 0xbc;

/** `digest` has the length that the hash makes. */
export async function signRsaDigest(
  { privateKey: key }: KeyPair,
  algorithm: HashingAlgorithm,
  digest: Uint8Array,
  random: Random,
): Promise<Buffer> {
  const isPss = algorithm.scheme === 'pss';
  const bytes = isPss
    ? encodePss(algorithm, digest, random.bytes(algorithm.digestBytes), bytesOf(key))
    : Buffer.concat([digestInfos[algorithm.hash], digest]);
  const signature = await useRsa({
    key,
    padding: isPss ? constants.RSA_NO_PADDING : constants.RSA_PKCS1_PADDING,
    bytes,
  });
  if (signature === undefined) throw new Error('RSA refuses a digest that was encoded here');
  return signature;
}

export function isRsaDigestSigned(
  { publicKey: key }: KeyPair,
  algorithm: HashingAlgorithm,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const isPss = algorithm.scheme === 'pss';
  if (signature.length !== bytesOf(key)) return false;
  let encoded: Buffer;
  try {
    const padding = isPss ? constants.RSA_NO_PADDING : constants.RSA_PKCS1_PADDING;
    encoded = publicDecrypt({ key, padding }, signature);
  } catch {
    return false;
  }
  if (!isPss) return encoded.equals(Buffer.concat([digestInfos[algorithm.hash], digest]));
  const salt = saltOf(algorithm, encoded);
  return salt !== undefined && encodePss(algorithm, digest, salt, encoded.length).equals(encoded);
}

/** EMSA-PSS for moduli of whole bytes: the first bit is 0, so that the number is smaller than the modulus. */
function encodePss({ hash }: HashingAlgorithm, digest: Uint8Array, salt: Buffer, length: number): Buffer {
  const hashed = createHash(hash).update(zeros).update(digest).update(salt).digest();
  const block = Buffer.alloc(length - hashed.length - 1);
  block[block.length - salt.length - 1] = 1;
  salt.copy(block, block.length - salt.length);
  return Buffer.concat([masked(hash, hashed, block), hashed, Buffer.from([trailer])]);
}

/** Whatever stands where the salt would: encoding it again tells whether the rest is right. */
function saltOf({ hash, digestBytes }: HashingAlgorithm, encoded: Buffer): Buffer | undefined {
  const end = encoded.length - digestBytes - 1;
  if (end < digestBytes) return undefined;
  const block = masked(hash, encoded.subarray(end, end + digestBytes), encoded.subarray(0, end));
  return block.subarray(end - digestBytes);
}

/** Masks and unmasks: the block under MGF1 of the seed. */
function masked(hash: string, seed: Buffer, block: Buffer): Buffer {
  const mask: Buffer[] = [];
  for (let made = 0, count = 0; made < block.length; count += 1) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(count);
    const part = createHash(hash).update(seed).update(counter).digest();
    mask.push(part);
    made += part.length;
  }
  const bytes = Buffer.concat(mask);
  const result = Buffer.from(block.map((byte, index) => byte ^ (bytes[index] ?? 0)));
  result[0] = (result[0] ?? 0) & 0x7f;
  return result;
}

function bytesOf(key: KeyPair['publicKey']): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
}
