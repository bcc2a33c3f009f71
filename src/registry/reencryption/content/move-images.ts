// Manifests on their way to another key domain: opened, hashed, sealed anew, a few at a time.

import { hash } from 'node:crypto';
import { algorithmOf, type Digest, digestFromHex } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { manifestDomain } from '../../encryption/content-domains.ts';
import { openManifest, sealManifest } from '../../images/sealed-manifest.ts';
import { type Move, moveInTransaction, nextLook, nextPiece, noteStuck, shareTurn } from './move.ts';
import { findSealed, type MovingTables, replaceManifest, walkImages } from './tables.ts';

const walkRowsMax = 200;
/** Of one transaction: manifests together, unless a single one is larger, and how many. */
const groupBytesMax = 1024 * 1024;
const groupRowsMax = 50;

interface Walked {
  readonly digest: Digest;
  readonly size_bytes: number;
}

type Sealed = Awaited<ReturnType<typeof findSealed>>[number];

/** All of them: those that are in the target's domain already are passed over. */
export async function moveImages(move: Move): Promise<void> {
  const tables = move.database.tables<MovingTables>();
  for (let place = ''; ; ) {
    const walked = await walkImages(tables, move.repository.id, place, walkRowsMax);
    for (const group of groupsOf(walked)) {
      await nextLook(move);
      await moveGroup(move, group);
    }
    const last = walked.at(-1);
    if (last === undefined) return;
    place = last.digest;
  }
}

function groupsOf(walked: readonly Walked[]): ReadonlyArray<readonly Digest[]> {
  const groups: Digest[][] = [];
  let bytes = groupBytesMax;
  for (const { digest, size_bytes } of walked) {
    const group = groups.at(-1);
    if (group === undefined || bytes + size_bytes > groupBytesMax || group.length === groupRowsMax) {
      groups.push([digest]);
      bytes = size_bytes;
    } else {
      group.push(digest);
      bytes += size_bytes;
    }
  }
  return groups;
}

async function moveGroup(move: Move, digests: readonly Digest[]): Promise<void> {
  const { database, repository, keyRing, forgetManifest } = move;
  const rows = await findSealed(database.tables<MovingTables>(), repository.id, digests);
  const left = rows.filter((row) => manifestDomain(repository, row.key_domain) !== repository.keyDomain);
  const [first] = left;
  if (first === undefined) return;
  await nextPiece(move, { kind: 'manifest', digest: first.digest });
  const sealed: Array<{ readonly digest: Digest; readonly before: string | null; readonly manifest: Buffer }> = [];
  for (const row of left) {
    const bytes = await openWhole(move, row);
    if (bytes === undefined) continue;
    const manifest = await sealManifest(keyRing, repository, row.digest, bytes);
    sealed.push({ digest: row.digest, before: row.key_domain, manifest });
  }
  if (sealed.length === 0) return;
  await moveInTransaction(
    move,
    async (transaction) => {
      let images_moved = 0;
      for (const { digest, before, manifest } of sealed) {
        const place = { repositoryId: repository.id, digest, before };
        const isMoved = await replaceManifest(transaction, place, { manifest, key_domain: repository.keyDomain });
        images_moved += isMoved ? 1 : 0;
      }
      return { images_moved };
    },
    () => {
      for (const { digest } of sealed) forgetManifest(repository.id, digest);
    },
  );
  shareTurn(move);
}

/** Undefined when it is damaged: then it stays where it is, and that is noted. */
async function openWhole(move: Move, { digest, key_domain, manifest }: Sealed): Promise<Buffer | undefined> {
  const { keyRing, repository } = move;
  try {
    const owner = { id: repository.id, keyDomain: manifestDomain(repository, key_domain) };
    const bytes = await openManifest(keyRing, owner, digest, manifest);
    const found = digestFromHex(algorithmOf(digest), hash(algorithmOf(digest), bytes, 'hex'));
    if (found !== digest) throw new Error(`its manifest has the digest ${found}`);
    return bytes;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    noteStuck(move, `image ${digest}`, error);
    return undefined;
  }
}
