// Issues one X.509 certificate: an authority's own, or a server's for the names given (RFC 5280).

import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';

export interface WantedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: webcrypto.CryptoKey;
  /** Of `signer`. */
  readonly signerPublicKey: webcrypto.CryptoKey;
  readonly lifeMs: number;
  /** Names of a server; undefined for the authority. */
  readonly names?: readonly string[];
}

const dayMs = 24 * 3600 * 1000;
const serverAuthentication = '1.3.6.1.5.5.7.3.1';

/** DER of a new certificate. pkijs is loaded only here: plain HTTP and own certificates never need it. */
export async function issueCertificate(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  wanted: WantedCertificate,
): Promise<Buffer> {
  const { Certificate, AttributeTypeAndValue, CryptoEngine, setEngine } = await import('pkijs');
  const { Integer, Utf8String } = await import('asn1js');
  setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto as never }) as never);
  const commonName = (value: string) =>
    new AttributeTypeAndValue({ type: '2.5.4.3', value: new Utf8String({ value }) });
  const certificate = new Certificate({ version: 2 });
  const serial = random.bytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 1;
  certificate.serialNumber = new Integer({ valueHex: new Uint8Array(serial).buffer });
  certificate.subject.typesAndValues.push(commonName(wanted.subject));
  certificate.issuer.typesAndValues.push(commonName(wanted.issuer));
  // Clocks of clients differ: the certificate is good a day before it was made.
  certificate.notBefore.value = new Date(clock.nowMs() - dayMs);
  certificate.notAfter.value = new Date(clock.nowMs() + wanted.lifeMs);
  await certificate.subjectPublicKeyInfo.importKey(wanted.keys.publicKey as never);
  certificate.extensions = await extensionsOf(wanted);
  await certificate.sign(wanted.signer as never, 'SHA-256');
  return Buffer.from(certificate.toSchema().toBER(false));
}

/** Strict verifiers, such as Python since 3.13, want key identifiers and purposes as well. */
async function extensionsOf({ names, keys, signerPublicKey }: WantedCertificate) {
  const { AuthorityKeyIdentifier, BasicConstraints, ExtKeyUsage, Extension, GeneralName, GeneralNames } = await import(
    'pkijs'
  );
  const { BitString, OctetString } = await import('asn1js');
  const isAuthority = names === undefined;
  const own = new OctetString({ valueHex: await keyIdentifier(keys.publicKey) });
  const signers = new OctetString({ valueHex: await keyIdentifier(signerPublicKey) });
  // keyCertSign and cRLSign, or digitalSignature.
  const usage = isAuthority ? { bits: 0x06, unusedBits: 1 } : { bits: 0x80, unusedBits: 7 };
  const keyUsage = new BitString({ valueHex: new Uint8Array([usage.bits]).buffer, unusedBits: usage.unusedBits });
  const bytesOf = (part: { toSchema(): { toBER(): ArrayBuffer } }) => part.toSchema().toBER();
  const constraints = new BasicConstraints({ cA: isAuthority });
  const issuerKey = new AuthorityKeyIdentifier({ keyIdentifier: signers });
  const extensions = [
    new Extension({ extnID: '2.5.29.19', critical: true, extnValue: bytesOf(constraints) }),
    new Extension({ extnID: '2.5.29.15', critical: true, extnValue: keyUsage.toBER() }),
    new Extension({ extnID: '2.5.29.14', extnValue: own.toBER() }),
    new Extension({ extnID: '2.5.29.35', extnValue: bytesOf(issuerKey) }),
  ];
  if (isAuthority) return extensions;
  const purposes = new ExtKeyUsage({ keyPurposes: [serverAuthentication] });
  extensions.push(new Extension({ extnID: '2.5.29.37', extnValue: bytesOf(purposes) }));
  const spelt = names.map((name) => {
    if (isIP(name) === 0) return new GeneralName({ type: 2, value: name });
    return new GeneralName({ type: 7, value: new OctetString({ valueHex: ipBytes(name) }) });
  });
  extensions.push(new Extension({ extnID: '2.5.29.17', extnValue: bytesOf(new GeneralNames({ names: spelt })) }));
  return extensions;
}

/** RFC 7093 §2 method 1: the leftmost 160 bits of the SHA-256 of the public key. */
async function keyIdentifier(key: webcrypto.CryptoKey): Promise<ArrayBuffer> {
  const point = await webcrypto.subtle.exportKey('raw', key);
  return (await webcrypto.subtle.digest('SHA-256', point)).slice(0, 20);
}

function ipBytes(address: string): ArrayBuffer {
  if (isIP(address) === 4) return new Uint8Array(address.split('.').map(Number)).buffer;
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const left = groups(head);
  const right = groups(tail ?? '');
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0);
  const all = tail === undefined ? left : [...left, ...middle, ...right];
  return new Uint8Array(all.flatMap((group) => [group >> 8, group & 0xff])).buffer;
}
