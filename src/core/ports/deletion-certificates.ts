// Asked by Sallyport's own door and the command line; answered by services/kms: certificates of deleted keys.

import type { RegistryRef } from '../account.ts';

export interface DeletionCertificateLine {
  readonly certificateId: string;
  readonly accountId: string;
  readonly region: string;
  readonly keyArn: string;
  readonly executedAtMs: number;
  /** Undefined until it is issued. */
  readonly issuedAtMs: number | undefined;
  /** What it waits for until then. */
  readonly waitsFor: 'record' | 'storage' | 'list' | 'signature' | undefined;
}

export interface DeletionCertificate extends DeletionCertificateLine {
  /** The signed text; undefined until it is issued. */
  readonly envelope: string | undefined;
}

export interface ListPart {
  readonly lines: string;
  readonly isLast: boolean;
}

export interface DeletionCertificates {
  /** In the order of time, after the id of one: of a registry, or of all of the site. */
  list(registry: RegistryRef | undefined, after: string, limit: number): Promise<readonly DeletionCertificateLine[]>;
  find(certificateId: string): Promise<DeletionCertificate | undefined>;
  /** Lines of the list of what the key had guarded, by parts from 0; undefined when there is no such part. */
  listPart(certificateId: string, part: number): Promise<ListPart | undefined>;
}

/** What certificates are verified with. */
export interface CertificateKey {
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
}
