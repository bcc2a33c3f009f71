// A local certificate authority, made once under DATA/tls, and a certificate from it for the names of this site.

import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';
import { issueCertificate } from './issue-certificate.ts';
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

/** Undefined when one of the two is missing, is no PEM, or does not belong to the other. */
async function load(certificate: string, key: string): Promise<Identity | undefined> {
  try {
    const found = { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
    const fits = new X509Certificate(found.certificate).checkPrivateKey(createPrivateKey(found.key));
    return fits ? found : undefined;
  } catch {
    return undefined;
  }
}

function isGood(leaf: Identity, authority: Identity, { names, clock }: SelfSignedOptions): boolean {
  const certificate = new X509Certificate(leaf.certificate);
  const isOurs = certificate.verify(new X509Certificate(authority.certificate).publicKey);
  const isFresh = Date.parse(certificate.validTo) - renewBeforeMs > clock.nowMs();
  const held = (certificate.subjectAltName ?? '').split(', ');
  const holds = (name: string) =>
    isIP(name) === 0 ? held.includes(`DNS:${name}`) : certificate.checkIP(name) !== undefined;
  return isOurs && isFresh && names.every(holds);
}

async function makeAuthority(options: SelfSignedOptions, paths: { authority: string; authorityKey: string }) {
  const keys = await newKeys();
  const subject = 'Sallyport local CA';
  const certificate = await issueCertificate(options, {
    subject,
    issuer: subject,
    keys,
    signer: keys.privateKey,
    signerPublicKey: keys.publicKey,
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
    signerPublicKey: await publicKeyOf(authority),
    lifeMs: leafLifeMs,
    names: options.names,
  };
  await save(paths.certificate, paths.key, await issueCertificate(options, leaf), keys.privateKey);
}

function publicKeyOf({ certificate }: Identity): Promise<webcrypto.CryptoKey> {
  const spki = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function save(certificateFile: string, keyFile: string, certificate: Buffer, key: webcrypto.CryptoKey) {
  const identity = {
    certificate: pem('CERTIFICATE', certificate),
    key: pem('PRIVATE KEY', Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))),
  };
  await replaceFile(keyFile, identity.key);
  await replaceFile(certificateFile, identity.certificate);
  return identity;
}

/** Whole or not at all; a pair of which only one was replaced is found by `load` and made anew. */
async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
