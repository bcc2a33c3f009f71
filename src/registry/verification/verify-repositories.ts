// Every repository: its policy opens, its counts are right, its layers have their blobs; then its images.

import type { Digest } from '#core/digest.ts';
import { type NamedImage, settled } from '#core/findings.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { openPolicy } from '../repositories/sealed-policy.ts';
import { findRepositoryById, type RepositoryRow } from '../repositories/tables.ts';
import { remedies } from './remedies.ts';
import {
  countImages,
  lastRepositoryId,
  misfiledImages,
  strayLayers,
  tagsOf,
  walkImages,
  walkRepositories,
} from './tables.ts';
import { tablesOf, type VerificationOptions, walk, walkRowsMax } from './verification.ts';
import { lookAtImage } from './verify-image.ts';

export async function verifyRepositories(options: VerificationOptions): Promise<void> {
  const tables = tablesOf(options);
  let largest = 0;
  await walk<number>(
    (after = 0) => walkRepositories(tables, after, walkRowsMax),
    async (repositoryId) => {
      options.findings.count('repositories');
      largest = repositoryId;
      await verifyRepository(options, repositoryId);
    },
  );
  const last = await lastRepositoryId(tables);
  if (last !== undefined && last >= largest) return;
  const what = `the last id given is ${last ?? 'missing'}, but there is a repository with id ${largest}`;
  options.findings.damage({ subject: 'the sequence of repository ids', what, remedy: remedies.restoreRow });
}

async function verifyRepository(options: VerificationOptions, repositoryId: number): Promise<void> {
  const tables = tablesOf(options);
  const { findings } = options;
  const row = await findRepositoryById(tables, repositoryId);
  if (row === undefined) return;
  const subject = `repository ${row.name} (${row.account_id}/${row.region})`;
  for (const damage of await settled(() => lookAtRepository(options, repositoryId))) {
    findings.damage({ subject, ...damage });
  }
  const locked = await options.lockedBecause(row.key_domain as KeyDomainId);
  if (row.other_domain !== null) {
    await noteMove(options, subject, [row.key_domain, row.other_domain]);
  } else if (locked !== undefined) {
    findings.note(`${subject} was not looked into: ${locked}`);
    return;
  }
  await walk<Digest>(
    (after) => walkImages(tables, repositoryId, after, walkRowsMax),
    async (digest) => {
      findings.count('images');
      const found = await settled(() => lookAtImage(options, row, digest));
      if (found.length === 0) return;
      const image = await namedImage(options, row, digest);
      for (const damage of found) {
        findings.damage({ subject: `image ${digest}`, ...damage, digest: image.digest, images: [image] });
      }
    },
  );
}

/** Each half is looked into as far as its key allows. */
async function noteMove(
  { findings, lockedBecause }: VerificationOptions,
  subject: string,
  domains: readonly string[],
): Promise<void> {
  findings.note(`${subject} is being moved to another key: it is under both of them until that has ended`);
  for (const domain of domains) {
    const locked = await lockedBecause(domain as KeyDomainId);
    if (locked !== undefined) findings.note(`${subject} was not wholly looked into: ${locked}`);
  }
}

interface Amiss {
  readonly what: string;
  readonly remedy: string;
}

async function lookAtRepository(options: VerificationOptions, repositoryId: number): Promise<readonly Amiss[]> {
  const tables = tablesOf(options);
  const row = await findRepositoryById(tables, repositoryId);
  if (row === undefined) return [];
  const found: Amiss[] = [];
  const count = await countImages(tables, repositoryId);
  if (count !== row.image_count) {
    found.push({ what: `it has ${count} images, its row says ${row.image_count}`, remedy: remedies.restoreRow });
  }
  for (const digest of await strayLayers(tables, repositoryId)) {
    found.push({ what: `its layer ${digest} has no blob, or another one`, remedy: remedies.restoreRow });
  }
  for (const { digest, isTagged } of await misfiledImages(tables, repositoryId)) {
    const what = isTagged ? 'has a tag and is listed as untagged' : 'has no tag and is not listed as untagged';
    found.push({ what: `its image ${digest} ${what}`, remedy: remedies.tagAnew });
  }
  try {
    await openPolicy(options.keyRing, row);
  } catch (error) {
    found.push({ what: `its policy does not open: ${messageOf(error)}`, remedy: remedies.setPolicy });
  }
  return found;
}

async function namedImage(
  options: VerificationOptions,
  { repository_id, account_id, region, name }: RepositoryRow,
  digest: Digest,
): Promise<NamedImage> {
  const tags = await tagsOf(tablesOf(options), repository_id, digest);
  return { registry: `${account_id}/${region}`, repository: name, digest, tags };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
