// What `sallyport doctor` says about TLS: may it listen as configured, do the files fit, and for how long.

import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '#cli/commands.ts';
import type { Config } from '#config/config.ts';
import { type CertificateFiles, readCertificate } from '#edge/tls.ts';
import { plaintextRefusal } from './safe-plaintext.ts';
import type { Platform } from './stores.ts';

const check = 'TLS';
const warnBeforeMs = 14 * 24 * 3600 * 1000;

export async function examineTls(config: Config, { clock: { nowMs } }: Platform): Promise<Finding> {
  const { tls } = config;
  if (tls === 'off') return examinePlaintext(config);
  const own = tls === 'self-signed' ? undefined : tls;
  const folder = join(config.data, 'tls');
  const files = own ?? { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  const authority = own === undefined ? `; clients must trust ${join(folder, 'ca.crt')}` : '';
  if (own === undefined && (await stat(files.certificate).catch(() => undefined)) === undefined) {
    return { check, ok: true, detail: `self-signed; the next start makes the local CA in ${folder}` };
  }
  const renewal =
    own === undefined
      ? 'Start again: the certificate is made anew.'
      : 'Put a new pair in its place: it is taken up without a restart.';
  try {
    readCertificate(files);
    return await examineCertificate(files, authority, renewal, nowMs());
  } catch (error) {
    const remedy = own === undefined ? renewal : 'Name a certificate and its key, in PEM, that this user can read.';
    return { check, ok: false, detail: (error as Error).message, remedy };
  }
}

function examinePlaintext(config: Config): Finding {
  const refusal = plaintextRefusal(config);
  if (refusal !== undefined) {
    const remedy = 'Set tls: self-signed, or name your certificate and key, or allowPlaintext: true behind a proxy.';
    return { check, ok: false, detail: `off, and ${config.listen.host} is beyond loopback`, remedy };
  }
  const detail = config.allowPlaintext ? 'off; plaintext is allowed: passwords travel in clear' : 'off; loopback only';
  return { check, ok: true, detail };
}

async function examineCertificate({ certificate, key }: CertificateFiles, more: string, remedy: string, now: number) {
  const { validFrom, validTo } = new X509Certificate(await readFile(certificate));
  const detail = `${certificate}, good from ${validFrom} until ${validTo}${more}`;
  const isGood = Date.parse(validFrom) <= now && Date.parse(validTo) - warnBeforeMs > now;
  if (!isGood) return { check, ok: false, detail, remedy };
  const { mode } = await stat(key);
  if ((mode & 0o007) === 0) return { check, ok: true, detail };
  const exposed = `${key} has mode ${(mode & 0o777).toString(8)}: everybody can read it`;
  return { check, ok: false, detail: exposed, remedy: `chmod 600 ${key}` };
}
