// Image identifiers as requests carry them, and the failures that batch operations list instead of throwing.

import type { ImageFailure, ImageFailureCode, ImageIdentifier } from '@aws-sdk/client-ecr';
import { parseDigest } from '#core/digest.ts';
import { DomainError, type ErrorKind } from '#core/errors.ts';
import { isTag } from '#core/names.ts';
import type { ImageReference } from '#registry/registry.ts';

/** By tag, by digest, or by both. */
export interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

type Parsed = { readonly reference: ImageReference } | { readonly failure: ImageFailure };

const digestForm = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;
const invalid = 'Invalid request parameters:';
const notFound = 'Requested image not found';

/** The reference that an id stands for, or the failure that it is. */
export function parseImageId(imageId: ImageId): Parsed {
  const { imageDigest, imageTag } = imageId;
  if (imageDigest === undefined && imageTag === undefined) {
    return failure(imageId, 'MissingDigestAndTag', `${invalid} both tag and digest cannot be null`);
  }
  if (imageDigest !== undefined && !digestForm.test(imageDigest)) {
    const rule = "image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'";
    return failure(imageId, 'InvalidImageDigest', `${invalid} ${rule}`);
  }
  if (imageTag !== undefined && !isTag(imageTag)) {
    const rule = "image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'";
    return failure(imageId, 'InvalidImageTag', `${invalid} ${rule}`);
  }
  // A digest of an algorithm that is not served is well-formed and names nothing.
  const digest = imageDigest === undefined ? undefined : parseDigest(imageDigest);
  if (imageDigest !== undefined && digest === undefined) return failure(imageId, 'ImageNotFound', notFound);
  if (imageTag === undefined)
    return digest === undefined ? failure(imageId, 'ImageNotFound', notFound) : { reference: { digest } };
  return { reference: digest === undefined ? { tag: imageTag } : { tag: imageTag, digest } };
}

const failureCodes: Readonly<Partial<Record<ErrorKind, ImageFailureCode>>> = {
  'image-not-found': 'ImageNotFound',
  'image-digest-mismatch': 'ImageTagDoesNotMatchDigest',
  'image-referenced': 'ImageReferencedByManifestList',
  'kms-unavailable': 'KmsError',
};

/** The failure that a refusal of the registry is in a batch; everything else is thrown on. */
export function imageFailure(error: unknown, imageId: ImageId): ImageFailure {
  const failureCode = error instanceof DomainError ? failureCodes[error.kind as ErrorKind] : undefined;
  if (failureCode === undefined) throw error;
  const failureReason = failureCode === 'ImageNotFound' ? notFound : (error as DomainError).message;
  return { imageId: { ...imageId }, failureCode, failureReason };
}

/** An identifier for an answer; no member for a tag that is not there. */
export function imageIdentifier(imageDigest: string, imageTag: string | undefined): ImageIdentifier {
  return imageTag === undefined ? { imageDigest } : { imageDigest, imageTag };
}

function failure(imageId: ImageId, failureCode: ImageFailureCode, failureReason: string): Parsed {
  return { failure: { imageId: { ...imageId }, failureCode, failureReason } };
}
