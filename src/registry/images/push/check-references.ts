// A manifest is stored only when everything it needs is in the repository; this also says how large the image is.

import type { Digest } from '#core/digest.ts';
import type { Repository } from '../../registry.ts';
import { essenceOf } from '../manifest/media-types.ts';
import type { ChildReference, Manifest } from '../manifest/parse.ts';
import { manifestInvalid } from '../manifest/shape.ts';
import type { ImageTransaction } from '../tables.ts';
import { imagesMissing, layersMissing } from './refusals.ts';
import { findChildren } from './tables.ts';

/** Answered by the layers' folder: those of the digests that are layers of the repository. */
export type FindLayers = (
  transaction: ImageTransaction,
  repositoryId: number,
  digests: readonly Digest[],
) => Promise<ReadonlyMap<Digest, { readonly sizeBytes: number }>>;

/**
 * The image's size: its layers and configuration together, or the largest child of an index.
 * Throws layers-missing, images-missing, and manifest-invalid when a declared size or media type is not what is there.
 */
export async function checkReferences(
  transaction: ImageTransaction,
  findLayers: FindLayers,
  repository: Repository,
  manifest: Manifest,
): Promise<number> {
  const layersSize = await checkLayers(transaction, findLayers, repository, manifest);
  return Math.max(layersSize, await checkChildren(transaction, repository, manifest.children));
}

/** The size of the largest. */
async function checkChildren(
  transaction: ImageTransaction,
  repository: Repository,
  children: readonly ChildReference[],
): Promise<number> {
  const digests = children.map((child) => child.digest);
  const stored = await findChildren(transaction, repository.id, digests);
  const missing = digests.filter((digest) => !stored.has(digest));
  if (missing.length > 0) throw imagesMissing(repository, missing);
  let largestBytes = 0;
  for (const { digest, sizeBytes, mediaType } of children) {
    const child = stored.get(digest);
    if (child === undefined) continue;
    if (child.size_bytes !== sizeBytes) {
      throw manifestInvalid(`the size of ${digest} is ${child.size_bytes}, not ${sizeBytes}`);
    }
    if (child.media_type !== essenceOf(mediaType)) {
      throw manifestInvalid(`the media type of ${digest} is ${child.media_type}`);
    }
    largestBytes = Math.max(largestBytes, child.image_size_bytes);
  }
  return largestBytes;
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
