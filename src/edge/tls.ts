// Certificates for the listener: files of the operator's own, reloaded when they change, or self-signed by a local CA.

import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Throws a sentence that names the file, or both when they do not fit together. */
export function readCertificate(files: CertificateFiles): SecureContextOptions {
  const pair = { cert: read(files.certificate), key: read(files.key) };
  try {
    createSecureContext(pair);
  } catch (error) {
    const why = (error as Error).message.replace(/^error:[0-9A-F]+:/i, '');
    throw new Error(`The TLS files ${files.certificate} and ${files.key} cannot be used: ${why}.`, { cause: error });
  }
  return pair;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`The TLS file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`, { cause: error });
  }
}

/** How often the files are looked at; watching by name survives editors and mounts that replace files. */
const usualPollMs = 2000;

/**
 * Calls `onChange` with the new certificate; a pair that cannot be used, such as a new certificate beside the old key,
 * is told to `onFault` and the old one stays.
 */
export function watchCertificate(
  files: CertificateFiles,
  onChange: (context: SecureContextOptions) => void,
  onFault: (error: unknown) => void,
  pollMs = usualPollMs,
): () => void {
  const reload = () => {
    try {
      onChange(readCertificate(files));
    } catch (error) {
      onFault(error);
    }
  };
  const names = [files.certificate, files.key];
  for (const name of names) watchFile(name, { interval: pollMs, persistent: false }, reload);
  return () => {
    for (const name of names) unwatchFile(name, reload);
  };
}
