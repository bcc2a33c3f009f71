// Parts of open uploads on their way to another key domain, so that an upload goes on whichever key is left.

import { BlobDamagedError, BlobNotFoundError } from '#stores/blobs/blob-store.ts';
import { DomainChangedError } from '../../encryption/current-domain.ts';
import { insertGarbage } from '../../layers/tables.ts';
import { requireKept } from '../../uploads/require-kept.ts';
import { copyParts } from './copy-parts.ts';
import { type Move, moveInTransaction, noteStuck, shareTurn } from './move.ts';
import { foreignUploadParts, layersIn, type MovingTables, replaceUploadPart, uploadsIn } from './tables.ts';

type ForeignPart = Awaited<ReturnType<typeof foreignUploadParts>>[number];

const walkRowsMax = 100;

/** Those that there are when it is called: requests that began before the move may still bring more. */
export async function moveUploads(move: Move): Promise<void> {
  const { database, repository } = move;
  const tables = database.tables<MovingTables>();
  for (;;) {
    const parts = await foreignUploadParts(tables, repository.id, repository.keyDomain, walkRowsMax);
    for (const part of parts) {
      const { count } = move.stuck;
      await movePart(move, part);
      if (move.stuck.count === count) shareTurn(move);
    }
    if (parts.length < walkRowsMax || move.stuck.count > 0) return;
  }
}

async function movePart(move: Move, part: ForeignPart): Promise<void> {
  const { blobs, clock } = move;
  let isMoved = false;
  try {
    // Its segments are authentic in their places; what they are the digest says when the upload is completed.
    const from = { key: part.blob_key, sizeBytes: part.size_bytes };
    const copy = await copyParts(move, [from], { take: () => undefined, end: () => undefined });
    try {
      await moveInTransaction(
        move,
        async (transaction) => {
          await requireKept(move, uploadsIn(transaction), [copy.blobKey], copy.unnamedSinceMs);
          isMoved = await replaceUploadPart(transaction, part, copy.blobKey);
          if (isMoved) await insertGarbage(layersIn(transaction), [part.blob_key], clock.nowMs());
          return {};
        },
        () => undefined,
      );
    } catch (error) {
      if (error instanceof DomainChangedError) await blobs.remove(copy.blobKey);
      throw error;
    }
    if (!isMoved) await blobs.remove(copy.blobKey);
  } catch (error) {
    if (!(error instanceof BlobDamagedError) && !(error instanceof BlobNotFoundError)) throw error;
    // Its upload may have ended meanwhile: then there is nothing to move any more.
    if (!(await isForeignPart(move, part))) return;
    noteStuck(move, `upload ${part.upload_id}`, error);
  }
}

async function isForeignPart({ database, repository }: Move, { blob_key }: ForeignPart): Promise<boolean> {
  const tables = database.tables<MovingTables>();
  const parts = await foreignUploadParts(tables, repository.id, repository.keyDomain, walkRowsMax);
  return parts.some((part) => part.blob_key === blob_key);
}
