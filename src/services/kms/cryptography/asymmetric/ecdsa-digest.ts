// ECDSA over digests that callers made. OpenSSL as Node has it signs and verifies messages only, so it is given a fixed
// message and another key, of which the answer for the digest follows by one multiplication. docs/design/keys.md says
// why that is right: the secret nonce, and all that must not be seen in the time it takes, stays inside OpenSSL.

import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import type { Random } from '#core/random.ts';
import { type Curve, curveOf } from './curves.ts';
import { derOf, readDer } from './ecdsa-der.ts';
import type { KeyPair } from './key-pair.ts';
import { bytesOf, inverse, modulo, numberOf } from './modular.ts';
import type { HashingAlgorithm } from './signing-algorithms.ts';

/** Any message is as good as another. */
const fixedMessage = Buffer.from('sallyport');
const dsaEncoding = 'ieee-p1363' as const;

/** DER. Throws validation-failed for a digest of zeros: nothing hashes to it, and the way taken here has none. */
export function signEcdsaDigest(
  { privateKey }: KeyPair,
  { hash }: HashingAlgorithm,
  digest: Uint8Array,
  random: Random,
): Buffer {
  const curve = curveOf(privateKey.asymmetricKeyDetails?.namedCurve);
  const { order, sizeBytes } = curve;
  const wanted = modulo(numberOf(digest), order);
  if (wanted === 0n) throw new DomainError('validation-failed', 'The digest is zero.', {});
  const fixed = fixedDigest(hash);
  const ratio = modulo(fixed * inverse(wanted, order), order);
  const key = scaledKey(curve, privateKey, ratio, random);
  const signature = sign(hash, fixedMessage, { key, dsaEncoding });
  const s = numberOf(signature.subarray(sizeBytes));
  return derOf(numberOf(signature.subarray(0, sizeBytes)), modulo(s * inverse(ratio, order), order));
}

export function isEcdsaDigestSigned(
  { publicKey }: KeyPair,
  { hash }: HashingAlgorithm,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const curve = curveOf(publicKey.asymmetricKeyDetails?.namedCurve);
  const { order, sizeBytes } = curve;
  const { r, s } = readDer(signature, order) ?? {};
  if (r === undefined || s === undefined) return false;
  const shift = modulo((numberOf(digest) - fixedDigest(hash)) * inverse(r, order), order);
  const key = shift === 0n ? publicKey : shiftedKey(curve, publicKey, shift);
  if (key === undefined) return false;
  const bytes = Buffer.concat([bytesOf(r, sizeBytes), bytesOf(s, sizeBytes)]);
  return verify(hash, fixedMessage, { key, dsaEncoding }, bytes);
}

function fixedDigest(hash: string): bigint {
  return numberOf(createHash(hash).update(fixedMessage).digest());
}

/** The private key times `ratio`, in two random halves: no step takes a time that depends on the key alone. */
function scaledKey(curve: Curve, key: KeyObject, ratio: bigint, random: Random): KeyObject {
  const { order, sizeBytes } = curve;
  const { d = '' } = key.export({ format: 'jwk' });
  const mask = numberOf(random.bytes(sizeBytes + 8));
  const halves = [modulo(mask, order), modulo(numberOf(Buffer.from(d, 'base64url')) - mask, order)];
  const scaled = halves.reduce((sum, half) => modulo(sum + half * ratio, order), 0n);
  const point = createECDH(curve.name);
  point.setPrivateKey(bytesOf(scaled, sizeBytes));
  const jwk = { ...jwkOf(curve, point.getPublicKey()), d: bytesOf(scaled, sizeBytes).toString('base64url') };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/**
 * The public key plus `shift` times the curve's base. Undefined where the two points have one x: then `shift` is the
 * private key, or its negative, and who made such a signature has the key.
 */
function shiftedKey(curve: Curve, key: KeyObject, shift: bigint): KeyObject | undefined {
  const { field, sizeBytes } = curve;
  const base = createECDH(curve.name);
  base.setPrivateKey(bytesOf(shift, sizeBytes));
  const added = base.getPublicKey();
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const [x1, y1] = [numberOf(Buffer.from(x, 'base64url')), numberOf(Buffer.from(y, 'base64url'))];
  const [x2, y2] = [numberOf(added.subarray(1, 1 + sizeBytes)), numberOf(added.subarray(1 + sizeBytes))];
  if (x1 === x2) return undefined;
  const slope = modulo((y2 - y1) * inverse(x2 - x1, field), field);
  const x3 = modulo(slope * slope - x1 - x2, field);
  const y3 = modulo(slope * (x1 - x3) - y1, field);
  const point = Buffer.concat([Buffer.from([4]), bytesOf(x3, sizeBytes), bytesOf(y3, sizeBytes)]);
  return createPublicKey({ key: jwkOf(curve, point), format: 'jwk' });
}

/** Of an uncompressed point: 4, x, y. */
function jwkOf({ jwk: crv, sizeBytes }: Curve, point: Buffer): { kty: 'EC'; crv: string; x: string; y: string } {
  const x = point.toString('base64url', 1, 1 + sizeBytes);
  return { kty: 'EC', crv, x, y: point.toString('base64url', 1 + sizeBytes) };
}
