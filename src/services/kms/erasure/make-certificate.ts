// What the certificate of an executed deletion says, from what was written down of it.

import { publicKeyPem } from './certificate.ts';
import { type AuditPlace, type Certificate, certificateFormat } from './certificate-form.ts';
import type { ListCounts, ListedRepository } from './deletion-list.ts';
import type { ErasedKey } from './erased-key.ts';
import type { SigningKey } from './signing-key.ts';
import type { ErasureRow } from './tables.ts';

export interface CertificateParts {
  readonly siteId: string;
  readonly list: ListCounts & {
    readonly sha256: string;
    readonly bytes: number;
    /** Undefined for one that is too long. */
    readonly text: string | undefined;
  };
  readonly clearedAtMs: number;
  readonly issuedAtMs: number;
  readonly signer: SigningKey;
}

/** The order of its members is the order in which they are written. */
export function certificateOf(row: ErasureRow, { siteId, list, clearedAtMs, issuedAtMs, signer }: CertificateParts) {
  // Written by `noteErasure` and `notePlace`, and by nobody else.
  const key = JSON.parse(row.facts) as ErasedKey;
  const audit = JSON.parse(row.place ?? '') as AuditPlace;
  const { repositories, images, layers, sha256, bytes, text } = list;
  const certificate: Certificate = {
    format: certificateFormat,
    version: 1,
    certificateId: row.erasure_id,
    siteId,
    key: {
      arn: row.key_arn,
      manager: key.manager,
      spec: key.spec,
      usage: key.usage,
      origin: key.origin,
      createdAt: timeOf(key.createdAtMs),
      materialIds: key.materialIds,
      materialRemainsIn: key.materialRemainsIn,
    },
    deletion: {
      cause: key.cause,
      scheduledBy: key.askedBy,
      scheduledAt: key.askedAtMs === null ? null : timeOf(key.askedAtMs),
      requestId: key.requestId,
      executedAt: timeOf(row.executed_at_ms),
    },
    madeUnreadable: {
      repositories,
      images,
      layers,
      list: { sha256, bytes },
      listed: text === undefined ? null : repositoriesIn(text),
    },
    storage: { engine: 'sqlite', clearedAt: timeOf(clearedAtMs) },
    audit,
    issuedAt: timeOf(issuedAtMs),
    signer: { keyId: signer.keyId, algorithm: 'ed25519', publicKey: publicKeyPem(signer.publicKey) },
  };
  return certificate;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Of a list that is whole and has the form of one. */
function repositoriesIn(text: string): readonly ListedRepository[] {
  const all: Array<ListedRepository & { readonly images: string[]; readonly layers: string[] }> = [];
  for (const line of text.split('\n').slice(1, -1)) {
    const [kind, name = '', id = '', encryptionType = ''] = line.split(' ');
    if (kind === 'repository') {
      all.push({ arn: name, id: id === '-' ? null : Number(id), encryptionType, images: [], layers: [] });
    } else if (kind === 'image') all.at(-1)?.images.push(name);
    else all.at(-1)?.layers.push(name);
  }
  return all;
}
