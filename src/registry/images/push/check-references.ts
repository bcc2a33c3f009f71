// A manifest is stored only when everything it needs is in the repository; this also says how large the image is.

import type { Digest } from '#core/digest.ts';
import type { Repository } from '../../registry.ts';
import type { Manifest } from '../manifest/parse.ts';
import { manifestInvalid } from '../manifest/shape.ts';
import type { ImageTransaction } from '../tables.ts';
import { imagesMissing, layersMissing } from './refusals.ts';
import { findImageSizes } from './tables.ts';

/** Answered by the layers' folder: those of the digests that are layers of the repository. */
export type FindLayers = (
  transaction: ImageTransaction,
  repositoryId: number,
  digests: readonly Digest[],
) => Promise<ReadonlyMap<Digest, { readonly sizeBytes: number }>>;

/**
 * The image's size: its layers and configuration together, or the largest child of an index.
 * Throws layers-missing, images-missing, and manifest-invalid when a declared size is not the layer's.
 */
export async function checkReferences(
  transaction: ImageTransaction,
  findLayers: FindLayers,
  repository: Repository,
  manifest: Manifest,
): Promise<number> {
  const layersSize = await checkLayers(transaction, findLayers, repository, manifest);
  const sizes = await findImageSizes(transaction, repository.id, manifest.children);
  const missing = manifest.children.filter((digest) => !sizes.has(digest));
  if (missing.length > 0) throw imagesMissing(repository, missing);
  return [...sizes.values()].reduce((largest, size) => Math.max(largest, size), layersSize);
}

async function checkLayers(
  transaction: ImageTransaction,
  findLayers: FindLayers,
  repository: Repository,
  manifest: Manifest,
): Promise<number> {
  const { layers } = manifest;
  if (layers.length === 0) return 0;
  const digests = layers.map((layer) => layer.digest);
  const stored = await findLayers(transaction, repository.id, digests);
  const missing = layers.filter((layer) => !layer.mayBeAbsent && !stored.has(layer.digest));
  if (missing.length > 0) {
    throw layersMissing(
      repository,
      missing.map((layer) => layer.digest),
    );
  }
  let sumBytes = 0;
  for (const { digest, sizeBytes } of layers) {
    const actualBytes = stored.get(digest)?.sizeBytes ?? 0;
    if (sizeBytes !== undefined && stored.has(digest) && sizeBytes !== actualBytes) {
      throw manifestInvalid(`the size of ${digest} is ${actualBytes}, not ${sizeBytes}`);
    }
    sumBytes += actualBytes;
  }
  return sumBytes;
}
