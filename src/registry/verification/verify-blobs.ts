// Every stored layer: its objects are there, decrypt whole, and together have the digest that names them.

import { createHash } from 'node:crypto';
import { algorithmOf, type Digest, digestFromHex } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { type NamedImage, settled } from '#core/findings.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { findParts } from '../layers/tables.ts';
import { remedies } from './remedies.ts';
import { findBlobRow, tagsOf, usersOfBlob, walkBlobs } from './tables.ts';
import { tablesOf, type VerificationOptions, walk, walkRowsMax } from './verification.ts';

const namedImagesMax = 20;

export async function verifyBlobs(options: VerificationOptions): Promise<void> {
  const tables = tablesOf(options);
  await walk<string>(
    (after = '') => walkBlobs(tables, after, walkRowsMax),
    async (blobId) => {
      options.findings.count('layers');
      const found = await settled(() => lookAtBlob(options, blobId));
      if (found.length === 0) return;
      const row = await findBlobRow(tables, blobId);
      if (row === undefined) return;
      const images = await imagesOf(options, blobId, row.digest);
      for (const what of found) {
        const subject = `layer ${row.digest}`;
        options.findings.damage({ subject, what, remedy: remedies.pushLayer, digest: row.digest, images });
      }
    },
  );
}

/** At most one sentence. Empty when the blob went away meanwhile. */
async function lookAtBlob(options: VerificationOptions, blobId: string): Promise<readonly string[]> {
  const tables = tablesOf(options);
  const row = await findBlobRow(tables, blobId);
  if (row === undefined) return [];
  const parts = await findParts(tables, blobId);
  const sumBytes = parts.reduce((sum, part) => sum + part.size_bytes, 0);
  if (sumBytes !== row.size_bytes) return [`its parts have ${sumBytes} bytes, its row says ${row.size_bytes}`];
  if (parts.some((part, ordinal) => part.ordinal !== ordinal)) return ['its parts are not numbered one after another'];
  const stranger = parts.find(({ blob_key }) => !blob_key.startsWith(`${row.key_domain}/`));
  if (stranger !== undefined) return [`its object ${stranger.blob_key} is of another key domain`];
  const isRead = options.readsBytes && (await options.lockedBecause(row.key_domain as KeyDomainId)) === undefined;
  const running = createHash(algorithmOf(row.digest));
  for (const part of parts) {
    const what = await lookAtObject(options, part, (bytes) => running.update(bytes));
    if (what !== undefined) return [what];
  }
  if (!isRead) return [];
  const digest = digestFromHex(algorithmOf(row.digest), running.digest('hex'));
  return digest === row.digest ? [] : [`its bytes have the digest ${digest}`];
}

/**
 * What is wrong with one object; of one whose key cannot be used now, only what its size says. Throws what says nothing
 * about it: a disk or a key ring that does not answer.
 */
export async function lookAtObject(
  { blobs, readsBytes, findings, lockedBecause }: VerificationOptions,
  part: { readonly blob_key: string; readonly size_bytes: number },
  take: (bytes: Uint8Array) => void,
): Promise<string | undefined> {
  const name = `object ${part.blob_key}`;
  try {
    const stat = await blobs.stat(part.blob_key);
    if (stat === undefined) return `${name} is missing`;
    if (stat.sizeBytes !== part.size_bytes) {
      return `${name} was cut or grew: it has ${stat.sizeBytes} bytes of ${part.size_bytes}`;
    }
    if (!readsBytes) return undefined;
    const [domain = ''] = part.blob_key.split('/');
    if ((await lockedBecause(domain as KeyDomainId)) !== undefined) {
      findings.count('objects under keys that cannot be used');
      return undefined;
    }
    for await (const bytes of blobs.read(part.blob_key)) {
      take(bytes);
      findings.count('bytes', bytes.length);
    }
    findings.count('objects');
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

async function imagesOf(options: VerificationOptions, blobId: string, layer: Digest): Promise<readonly NamedImage[]> {
  const tables = tablesOf(options);
  const users = await usersOfBlob(tables, blobId, namedImagesMax);
  const images: NamedImage[] = [];
  for (const { repository_id, account_id, region, name, image_digest } of users) {
    const digest = image_digest ?? layer;
    const tags = image_digest === null ? [] : await tagsOf(tables, repository_id, image_digest);
    images.push({ registry: `${account_id}/${region}`, repository: name, digest, tags });
  }
  return images;
}
