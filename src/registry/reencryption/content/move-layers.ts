// Layers on their way to another key domain: copied and hashed, or linked to what the domain has already.

import { createHash } from 'node:crypto';
import { algorithmOf, digestFromHex } from '#core/digest.ts';
import { BlobDamagedError, BlobNotFoundError } from '#stores/blobs/blob-store.ts';
import { type CollectionTables, deleteOrphanBlob } from '../../collection/tables.ts';
import { DomainChangedError } from '../../encryption/current-domain.ts';
import { findBlob, findLayer, findParts, insertBlob, insertGarbage, type LayerTables } from '../../layers/tables.ts';
import { requireKept } from '../../uploads/require-kept.ts';
import { type CopiedObject, copyParts } from './copy-parts.ts';
import { type Move, moveInTransaction, nextLook, noteStuck, type Step, shareTurn } from './move.ts';
import { layersIn, type MovingTables, type MovingTransaction, relinkLayer, uploadsIn, walkLayers } from './tables.ts';

type Walked = Awaited<ReturnType<typeof walkLayers>>[number];

const walkRowsMax = 200;

/** How much of them is not in the target's domain yet. */
export async function countLayers(move: Move): Promise<{ readonly layers: number; readonly bytes: number }> {
  let [layers, bytes] = [0, 0];
  for await (const { size_bytes } of layersLeft(move)) {
    layers += 1;
    bytes += size_bytes;
  }
  return { layers, bytes };
}

export async function moveLayers(move: Move): Promise<void> {
  for await (const layer of layersLeft(move)) {
    try {
      await moveLayer(move, layer);
    } catch (error) {
      const isOfLayer = error instanceof BlobDamagedError || error instanceof BlobNotFoundError;
      if (!isOfLayer) throw error;
      noteStuck(move, `layer ${layer.digest}`, error);
      continue;
    }
    shareTurn(move);
  }
}

async function* layersLeft(move: Move): AsyncGenerator<Walked, void, undefined> {
  const { database, repository } = move;
  const tables = database.tables<MovingTables>();
  for (let place = ''; ; ) {
    await nextLook(move);
    const walked = await walkLayers(tables, repository.id, place, walkRowsMax);
    for (const layer of walked) if (layer.key_domain !== repository.keyDomain) yield layer;
    const last = walked.at(-1);
    if (last === undefined) return;
    place = last.digest;
  }
}

async function moveLayer(move: Move, layer: Walked): Promise<void> {
  const { database, repository, blobs, layers } = move;
  const tables = database.tables<LayerTables>();
  await nextLook(move);
  const isThere = (await findBlob(tables, repository.keyDomain, layer.digest)) !== undefined;
  const copy = isThere || layer.size_bytes === 0 ? undefined : await copyLayer(move, layer);
  let isNamed = false;
  try {
    await moveInTransaction(
      move,
      async (transaction) => {
        const { isCopyNamed, step } = await relink(move, transaction, layer, copy);
        isNamed = isCopyNamed;
        return step;
      },
      () => layers.forget(repository.id, layer.digest),
    );
  } catch (error) {
    // Rolled back for sure; after any other failure the commit may have reached the disk, and collection decides.
    if (error instanceof DomainChangedError && copy !== undefined) await blobs.remove(copy.blobKey);
    throw error;
  }
  if (!isNamed && copy !== undefined) await blobs.remove(copy.blobKey);
}

async function copyLayer(move: Move, { digest, blob_id, size_bytes }: Walked): Promise<CopiedObject> {
  const rows = await findParts(move.database.tables<LayerTables>(), blob_id);
  const parts = rows.map((row) => ({ key: row.blob_key, sizeBytes: row.size_bytes }));
  const running = createHash(algorithmOf(digest));
  let bytes = 0;
  return copyParts(move, parts, {
    object: { kind: 'layer', digest },
    take(piece) {
      running.update(piece);
      bytes += piece.length;
    },
    end() {
      const found = digestFromHex(algorithmOf(digest), running.digest('hex'));
      if (found === digest && bytes === size_bytes) return;
      throw new BlobDamagedError(parts[0]?.key ?? blob_id, `its ${bytes} bytes have the digest ${found}`);
    },
  });
}

/** The layer may have gone or moved by itself meanwhile, and the domain may have got the same bytes from a push. */
async function relink(
  move: Move,
  transaction: MovingTransaction,
  { digest, blob_id: before, size_bytes }: Walked,
  copy: CopiedObject | undefined,
): Promise<{ readonly isCopyNamed: boolean; readonly step: Step }> {
  const { repository, random, clock } = move;
  const tables = layersIn(transaction);
  const layer = await findLayer(tables, repository.id, digest);
  if (layer?.blob_id !== before) return { isCopyNamed: false, step: {} };
  const known = await findBlob(tables, repository.keyDomain, digest);
  // What was there to be linked was collected: the next pass copies.
  if (known === undefined && copy === undefined && size_bytes > 0) throw new DomainChangedError();
  const blobId = known?.blob_id ?? random.bytes(16).toString('hex');
  if (known === undefined) {
    await requireKept(move, uploadsIn(transaction), copy === undefined ? [] : [copy.blobKey], copy?.unnamedSinceMs);
    const parts = copy === undefined ? [] : [{ blob_key: copy.blobKey, size_bytes: copy.sizeBytes }];
    const blob = { blob_id: blobId, key_domain: repository.keyDomain, digest, size_bytes };
    await insertBlob(tables, { ...blob, created_at_ms: clock.nowMs() }, parts);
  }
  await relinkLayer(transaction, { repositoryId: repository.id, digest, before }, blobId);
  // Not waiting for collection to find it: the room that the old copy takes is wanted back.
  const freed = await deleteOrphanBlob(transaction.$pickTables<keyof CollectionTables>(), before);
  await insertGarbage(tables, freed ?? [], clock.nowMs());
  return { isCopyNamed: known === undefined, step: { layers_moved: 1, bytes_moved: size_bytes } };
}
