// The local CA and its certificate: whole, signed by it, and fitting their keys.

import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Findings } from '#core/findings.ts';

const remedy = 'Move the folder tls away: the next start makes a new CA, which clients have to trust anew.';
const pem = /^-----BEGIN ([A-Z ]+)-----\n((?:[A-Za-z0-9+/=]{1,64}\n)+)-----END \1-----\n$/;

export async function verifySelfSigned(dataFolder: string, findings: Findings): Promise<void> {
  const read = (name: string) => readFile(join(dataFolder, 'tls', name), 'utf8').catch(() => undefined);
  const authority = await read('ca.crt');
  if (authority === undefined) return;
  for (const name of ['ca', 'server']) {
    const what = faultOf(await read(`${name}.crt`), await read(`${name}.key`), authority);
    if (what !== undefined) findings.damage({ subject: `tls/${name}.crt and tls/${name}.key`, what, remedy });
  }
}

function faultOf(certificate: string | undefined, key: string | undefined, authority: string): string | undefined {
  if (certificate === undefined || key === undefined) return 'one of them is missing';
  if (!isWholePem(certificate) || !isWholePem(key)) return 'one of them is not as it was written';
  try {
    const { publicKey, raw } = new X509Certificate(certificate);
    if (!new X509Certificate(raw).verify(new X509Certificate(authority).publicKey)) return 'the CA did not sign it';
    const probe = Buffer.from('probe');
    if (!verify('sha256', probe, publicKey, sign('sha256', probe, createPrivateKey(key)))) return 'they do not fit';
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One spelling only, so that no byte can change without the bytes it stands for. */
function isWholePem(text: string): boolean {
  const lines = pem.exec(text)?.[2];
  if (lines === undefined) return false;
  const joined = lines.replaceAll('\n', '');
  return Buffer.from(joined, 'base64').toString('base64') === joined;
}
