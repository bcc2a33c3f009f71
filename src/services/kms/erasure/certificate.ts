// The deletion certificate as bytes: signed, and opened again by whoever has them. docs/design/keys.md has the form.

import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { limits } from '#core/limits.ts';
import { type Envelope, isSignedBy, readEnvelope } from '#std/dsse.ts';
import { type Certificate, isCertificate } from './certificate-form.ts';
import { listText } from './deletion-list.ts';

export const certificateType = 'application/vnd.sallyport.deletion-certificate.v1+json';

/** A sentence why a certificate is none, or not one to believe. */
export class CertificateFault extends Error {}

/** What a public key is called: the SHA-256 of its SubjectPublicKeyInfo. */
export function certificateKeyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

export function publicKeyPem(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

/** Throws CertificateFault for anything but the one way in which a public key of Ed25519 is written. */
export function readPublicKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: pem, format: 'pem', type: 'spki' });
  } catch {
    throw new CertificateFault('The public key is not one in PEM.');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new CertificateFault('The public key is not one of Ed25519.');
  return key;
}

/**
 * The certificate in the bytes of a file. With `pinned` it must be signed by that key; without, by the key that it
 * carries, which says that it is whole and not whose it is. Throws CertificateFault.
 */
export function openCertificate(bytes: Uint8Array, pinned?: KeyObject): Certificate {
  if (bytes.length > limits.certificateBytesMax) throw new CertificateFault('It is too large to be a certificate.');
  const envelope = envelopeOf(bytes);
  if (pinned !== undefined) requireSigned(envelope, pinned);
  const certificate = parse(envelope.payload);
  const { keyId, publicKey } = certificate.signer;
  const carried = readPublicKey(publicKey);
  if (publicKeyPem(carried) !== publicKey || certificateKeyId(carried) !== keyId || envelope.keyId !== keyId) {
    throw new CertificateFault('The key that it carries does not have the name that it carries.');
  }
  requireSigned(envelope, carried);
  requireOwnList(certificate);
  return certificate;
}

function envelopeOf(bytes: Uint8Array): Envelope {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  let envelope: Envelope;
  try {
    envelope = readEnvelope(text);
  } catch (error) {
    throw new CertificateFault(`It is no certificate: ${(error as Error).message}.`);
  }
  if (envelope.payloadType !== certificateType) {
    throw new CertificateFault(`It is no deletion certificate: it says that it is ${envelope.payloadType}.`);
  }
  return envelope;
}

function requireSigned(envelope: Envelope, key: KeyObject): void {
  if (envelope.keyId !== certificateKeyId(key)) {
    throw new CertificateFault(`It is signed by another key, ${envelope.keyId}.`);
  }
  if (!isSignedBy(envelope, key)) throw new CertificateFault('The signature does not fit: something was changed.');
}

function parse(payload: Buffer): Certificate {
  let parsed: unknown;
  try {
    parsed = JSON.parse(payload.toString('utf8'));
  } catch {
    throw new CertificateFault('What is signed is not JSON.');
  }
  if (isCertificate(parsed)) return parsed;
  throw new CertificateFault('What is signed is not what a certificate of this version holds.');
}

/** What it lists itself is the list that it names. */
function requireOwnList({ madeUnreadable: { listed, list, ...counts } }: Certificate): void {
  if (listed === null) return;
  const text = listText(listed);
  const digest = createHash('sha256').update(text, 'latin1').digest('hex');
  const images = listed.reduce((sum, repository) => sum + repository.images.length, 0);
  const layers = listed.reduce((sum, repository) => sum + repository.layers.length, 0);
  const isSame = counts.repositories === listed.length && counts.images === images && counts.layers === layers;
  if (digest === list.sha256 && Buffer.byteLength(text, 'latin1') === list.bytes && isSame) return;
  throw new CertificateFault('It contradicts itself: what it lists is not the list that it names.');
}
