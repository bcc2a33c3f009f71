// A local certificate authority, made once under DATA/tls, and a certificate from it for the names of this site.

import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';
import type { CertificateFiles } from './tls.ts';

export interface SelfSignedOptions {
  readonly folder: string;
  /** Host names (also `*.…`) and IP addresses. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

export interface SelfSigned extends CertificateFiles {
  /** The CA's certificate: what clients have to trust. */
  readonly authority: string;
}

const dayMs = 24 * 3600 * 1000;
const authorityLifeMs = 3650 * dayMs;
const leafLifeMs = 397 * dayMs;
const renewBeforeMs = 30 * dayMs;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** Files under the folder; made or renewed when they are missing, near their end, or for other names. */
export async function openSelfSigned(options: SelfSignedOptions): Promise<SelfSigned> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const paths = {
    authority: join(folder, 'ca.crt'),
    authorityKey: join(folder, 'ca.key'),
    certificate: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
  };
  const authority = (await load(paths.authority, paths.authorityKey)) ?? (await makeAuthority(options, paths));
  const leaf = await load(paths.certificate, paths.key);
  if (leaf === undefined || !isGood(leaf, authority, options)) await makeLeaf(options, authority, paths);
  return paths;
}

async function load(certificate: string, key: string): Promise<Identity | undefined> {
  try {
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
  } catch {
    return undefined;
  }
}

function isGood(leaf: Identity, authority: Identity, { names, clock }: SelfSignedOptions): boolean {
  const certificate = new X509Certificate(leaf.certificate);
  const isOurs = certificate.verify(new X509Certificate(authority.certificate).publicKey);
  const isFresh = Date.parse(certificate.validTo) - renewBeforeMs > clock.nowMs();
  const held = certificate.subjectAltName ?? '';
  return (
    isOurs &&
    isFresh &&
    names.every((name) => held.includes(isIP(name) ? `IP Address:${shownIp(name)}` : `DNS:${name}`))
  );
}

/** As OpenSSL prints addresses. */
function shownIp(name: string): string {
  return name === '::1' ? '0:0:0:0:0:0:0:1' : name;
}

async function makeAuthority(options: SelfSignedOptions, paths: { authority: string; authorityKey: string }) {
  const keys = await newKeys();
  const subject = 'Sallyport local CA';
  const certificate = await issue(options, {
    subject,
    issuer: subject,
    keys,
    signer: keys.privateKey,
    lifeMs: authorityLifeMs,
  });
  return save(paths.authority, paths.authorityKey, certificate, keys.privateKey);
}

async function makeLeaf(options: SelfSignedOptions, authority: Identity, paths: CertificateFiles): Promise<void> {
  const keys = await newKeys();
  const bytes = Buffer.from(authority.key.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const signer = await webcrypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']);
  const leaf = {
    subject: 'Sallyport',
    issuer: 'Sallyport local CA',
    keys,
    signer,
    lifeMs: leafLifeMs,
    names: options.names,
  };
  await save(paths.certificate, paths.key, await issue(options, leaf), keys.privateKey);
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function save(certificateFile: string, keyFile: string, certificate: Buffer, key: webcrypto.CryptoKey) {
  const identity = {
    certificate: pem('CERTIFICATE', certificate),
    key: pem('PRIVATE KEY', Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))),
  };
  await writeFile(keyFile, identity.key, { mode: 0o600 });
  await writeFile(certificateFile, identity.certificate, { mode: 0o644 });
  return identity;
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

interface Wanted {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: webcrypto.CryptoKey;
  readonly lifeMs: number;
  /** Names of a leaf; undefined for the authority. */
  readonly names?: readonly string[];
}

/** DER of a new certificate. pkijs is loaded only here: plain HTTP and own certificates never need it. */
async function issue({ clock, random }: SelfSignedOptions, wanted: Wanted): Promise<Buffer> {
  const {
    Certificate,
    AttributeTypeAndValue,
    BasicConstraints,
    Extension,
    GeneralName,
    GeneralNames,
    CryptoEngine,
    setEngine,
  } = await import('pkijs');
  const { Integer, OctetString, Utf8String, BitString } = await import('asn1js');
  setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto as never }) as never);
  const commonName = (value: string) =>
    new AttributeTypeAndValue({ type: '2.5.4.3', value: new Utf8String({ value }) });
  const certificate = new Certificate({ version: 2 });
  const serial = random.bytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 1;
  certificate.serialNumber = new Integer({ valueHex: new Uint8Array(serial).buffer });
  certificate.subject.typesAndValues.push(commonName(wanted.subject));
  certificate.issuer.typesAndValues.push(commonName(wanted.issuer));
  certificate.notBefore.value = new Date(clock.nowMs() - dayMs);
  certificate.notAfter.value = new Date(clock.nowMs() + wanted.lifeMs);
  await certificate.subjectPublicKeyInfo.importKey(wanted.keys.publicKey as never);
  const constraints = new BasicConstraints({ cA: wanted.names === undefined });
  const usage = wanted.names === undefined ? 0x06 : 0x80;
  const unusedBits = wanted.names === undefined ? 1 : 7;
  const keyUsage = new BitString({ valueHex: new Uint8Array([usage]).buffer, unusedBits });
  certificate.extensions = [
    new Extension({ extnID: '2.5.29.19', critical: true, extnValue: constraints.toSchema().toBER(false) }),
    new Extension({ extnID: '2.5.29.15', critical: true, extnValue: keyUsage.toBER(false) }),
  ];
  if (wanted.names !== undefined) {
    const names = wanted.names.map((name) => {
      if (isIP(name) === 0) return new GeneralName({ type: 2, value: name });
      return new GeneralName({ type: 7, value: new OctetString({ valueHex: ipBytes(name) }) });
    });
    const value = new GeneralNames({ names }).toSchema().toBER(false);
    certificate.extensions.push(new Extension({ extnID: '2.5.29.17', extnValue: value }));
  }
  await certificate.sign(wanted.signer as never, 'SHA-256');
  return Buffer.from(certificate.toSchema().toBER(false));
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
