// OCI content descriptors: what a manifest says about a blob or another manifest.

import type { Digest } from '#core/digest.ts';
import { digestAt, manifestInvalid, objectAt, optionalString, optionalStringMap, ownMember, sizeAt } from './shape.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Where a non-distributable layer may be had. */
  readonly hasUrls: boolean;
}

/** Throws manifest-invalid; `where` names the descriptor in the message. */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  const descriptor = objectAt(value, where);
  const mediaType = optionalString(descriptor, 'mediaType');
  if (mediaType === undefined || mediaType === '') throw manifestInvalid(`${where} must have a mediaType`);
  optionalStringMap(descriptor, 'annotations');
  optionalString(descriptor, 'artifactType');
  return {
    mediaType,
    digest: digestAt(descriptor, 'digest'),
    sizeBytes: sizeAt(descriptor, 'size'),
    hasUrls: parseUrls(ownMember(descriptor, 'urls'), where),
  };
}

function parseUrls(value: unknown, where: string): boolean {
  if (value === undefined || value === null) return false;
  if (!Array.isArray(value) || value.some((url) => typeof url !== 'string')) {
    throw manifestInvalid(`${where} has urls that are not an array of strings`);
  }
  return value.length > 0;
}
