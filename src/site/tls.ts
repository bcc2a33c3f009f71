// The certificate of a site: its own files, or one made here under a local CA and renewed in time.

import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { openSelfSigned } from '#edge/self-signed.ts';
import type { CertificateFiles } from '#edge/tls.ts';
import { certificateNames } from './certificate-names.ts';
import type { Platform } from './stores.ts';

export interface PreparedTls {
  /** Undefined for plaintext. */
  readonly files?: CertificateFiles;
  /** The local CA's certificate when `tls: self-signed`. */
  readonly authority?: string;
}

const renewalCheckMs = 24 * 3600 * 1000;

/** Makes what `tls: self-signed` needs and is not there yet. */
export async function prepareTls(config: Config, platform: Platform): Promise<PreparedTls> {
  const { tls } = config;
  if (tls === 'off') return {};
  if (tls !== 'self-signed') return { files: tls };
  const folder = join(config.data, 'tls');
  const { authority, ...files } = await openSelfSigned({ folder, names: certificateNames(config), ...platform });
  return { files, authority };
}

/**
 * A server that runs for years renews its certificate as well; whoever watches the files takes it up. Returns what
 * ends the renewal.
 */
export function renewTls(config: Config, platform: Platform, log: (line: string) => void): () => void {
  if (config.tls !== 'self-signed') return () => undefined;
  const renew = () => {
    prepareTls(config, platform).catch((error: unknown) => log(`the certificate was not renewed: ${String(error)}`));
  };
  const timer = setInterval(renew, renewalCheckMs).unref();
  return () => clearInterval(timer);
}
