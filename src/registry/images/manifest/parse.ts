// Reads and checks a manifest: everything that can be known from its bytes alone.

import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { parseStrictJson, StrictJsonError } from '#std/strict-json.ts';
import { type Descriptor, parseDescriptor } from './descriptor.ts';
import {
  buildkitCacheConfig,
  essenceOf,
  isNondistributable,
  type ManifestShape,
  schema1MediaType,
  shapeOf,
} from './media-types.ts';
import {
  arrayAt,
  digestAt,
  type JsonObject,
  manifestInvalid,
  objectAt,
  optionalString,
  optionalStringMap,
  ownMember,
} from './shape.ts';

export interface Manifest {
  readonly mediaType: string;
  /** Its own, else the configuration's media type; of an index only its own. */
  readonly artifactType: string | undefined;
  readonly subject: Digest | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** Blobs it refers to, configuration first, each digest once. */
  readonly layers: readonly LayerReference[];
  /** Manifests it refers to, each digest once. */
  readonly children: readonly ChildReference[];
}

/** As declared. */
export interface ChildReference {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

export interface LayerReference {
  readonly digest: Digest;
  /** As declared; undefined where schema 1 does not say. */
  readonly sizeBytes: number | undefined;
  /** As declared; undefined where schema 1 does not say. */
  readonly mediaType: string | undefined;
  /** True for a non-distributable layer: it need not be in the repository. */
  readonly mayBeAbsent: boolean;
}

/**
 * Parses the bytes of a manifest. `contentType` is what came beside it, parameters and all.
 * Throws manifest-too-large and manifest-invalid, nothing else.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest {
  if (bytes.length > limits.manifestSizeBytesMax) throw tooLarge();
  const body = objectAt(parseJson(bytes), 'the manifest');
  const mediaType = mediaTypeOf(body, contentType);
  const shape = shapeOf(mediaType);
  if (shape === undefined) throw manifestInvalid(`the media type ${shorten(mediaType)} is not supported`);
  return readers[shape](body, mediaType);
}

const readers: Readonly<Record<ManifestShape, (body: JsonObject, mediaType: string) => Manifest>> = {
  image: readImage,
  index: readIndex,
  schema1: readSchema1,
};

function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return parseStrictJson(text, { depthMax: limits.jsonDepthMax });
  } catch (error) {
    const log = error instanceof StrictJsonError ? error.message : 'the manifest is not UTF-8';
    const { message } = manifestInvalid('Invalid JSON syntax');
    throw new DomainError('manifest-invalid', message, {}, { cause: error, log });
  }
}

/** Body and Content-Type must not disagree: two clients could take the same bytes for different things. */
function mediaTypeOf(body: JsonObject, contentType: string | undefined): string {
  const declared = contentType === undefined ? '' : essenceOf(contentType);
  const own = optionalString(body, 'mediaType') ?? '';
  if (own !== '' && declared !== '' && own !== declared) {
    throw manifestInvalid(`mediaType ${shorten(own)} differs from the declared media type ${shorten(declared)}`);
  }
  if (own !== '' || declared !== '') return own || declared;
  if (ownMember(body, 'schemaVersion') === 1) return schema1MediaType(ownMember(body, 'signatures') !== undefined);
  throw manifestInvalid('image manifest mediatype not provided in manifest or parameter');
}

function readImage(body: JsonObject, mediaType: string): Manifest {
  requireVersion(body, 2);
  refuseMembers(body, ['manifests', 'fsLayers']);
  const config = parseDescriptor(ownMember(body, 'config'), 'config');
  const layers = parseDescriptors(body, 'layers');
  return {
    mediaType,
    artifactType: optionalString(body, 'artifactType') || config.mediaType,
    subject: parseSubject(body),
    annotations: optionalStringMap(body, 'annotations'),
    layers: unique([referenceOf(config), ...layers.map(referenceOf)]),
    children: [],
  };
}

function readIndex(body: JsonObject, mediaType: string): Manifest {
  requireVersion(body, 2);
  refuseMembers(body, ['config', 'layers', 'fsLayers']);
  const entries = parseDescriptors(body, 'manifests');
  const isCache = entries.some((entry) => entry.mediaType === buildkitCacheConfig);
  return {
    mediaType,
    artifactType: optionalString(body, 'artifactType') || undefined,
    subject: parseSubject(body),
    annotations: optionalStringMap(body, 'annotations'),
    layers: isCache ? unique(entries.map(referenceOf)) : [],
    children: isCache ? [] : uniqueChildren(entries),
  };
}

function readSchema1(body: JsonObject, mediaType: string): Manifest {
  requireVersion(body, 1);
  refuseMembers(body, ['config', 'layers', 'manifests']);
  const entries = arrayAt(body, 'fsLayers');
  requireCount(entries);
  const digests = entries.map((entry) => digestAt(objectAt(entry, 'an entry of fsLayers'), 'blobSum'));
  return {
    mediaType,
    artifactType: undefined,
    subject: undefined,
    annotations: undefined,
    layers: unique(
      digests.map((digest) => ({ digest, sizeBytes: undefined, mediaType: undefined, mayBeAbsent: false })),
    ),
    children: [],
  };
}

function parseDescriptors(body: JsonObject, member: string): readonly Descriptor[] {
  const entries = arrayAt(body, member);
  requireCount(entries);
  return entries.map((entry, index) => parseDescriptor(entry, `${member}[${index}]`));
}

function parseSubject(body: JsonObject): Digest | undefined {
  const subject = ownMember(body, 'subject');
  return subject === undefined || subject === null ? undefined : parseDescriptor(subject, 'subject').digest;
}

function referenceOf(descriptor: Descriptor): LayerReference {
  const { digest, sizeBytes, mediaType, hasUrls } = descriptor;
  return { digest, sizeBytes, mediaType, mayBeAbsent: hasUrls && isNondistributable(mediaType) };
}

/** Each digest once. The same digest with two sizes is refused; one use that needs the layer is enough to need it. */
function unique(references: readonly LayerReference[]): readonly LayerReference[] {
  const byDigest = new Map<Digest, LayerReference>();
  for (const reference of references) {
    const known = byDigest.get(reference.digest);
    if (known !== undefined && known.sizeBytes !== reference.sizeBytes) {
      throw manifestInvalid(`${reference.digest} is given with two sizes`);
    }
    const mayBeAbsent = reference.mayBeAbsent && known?.mayBeAbsent !== false;
    // The first name counts: a layer that comes again is the same bytes whatever it is called.
    byDigest.set(reference.digest, { ...(known ?? reference), mayBeAbsent });
  }
  return [...byDigest.values()];
}

/** Each digest once. One manifest is one size and one media type, however many platforms it stands for. */
function uniqueChildren(entries: readonly Descriptor[]): readonly ChildReference[] {
  const byDigest = new Map<Digest, ChildReference>();
  for (const { digest, sizeBytes, mediaType } of entries) {
    const known = byDigest.get(digest);
    if (known !== undefined && (known.sizeBytes !== sizeBytes || known.mediaType !== mediaType)) {
      throw manifestInvalid(`${digest} is given as two different manifests`);
    }
    byDigest.set(digest, { digest, sizeBytes, mediaType });
  }
  return [...byDigest.values()];
}

function requireVersion(body: JsonObject, version: number): void {
  if (ownMember(body, 'schemaVersion') !== version) throw manifestInvalid(`schemaVersion must be ${version}`);
}

/** A body that fits two shapes could be read as one thing here and as another elsewhere (CVE-2021-41190). */
function refuseMembers(body: JsonObject, members: readonly string[]): void {
  for (const member of members) {
    if (ownMember(body, member) !== undefined) throw manifestInvalid(`${member} is not allowed in this media type`);
  }
}

function requireCount(entries: readonly unknown[]): void {
  if (entries.length <= limits.manifestDescriptorsMax) return;
  throw manifestInvalid(`a manifest can refer to at most ${limits.manifestDescriptorsMax} blobs or manifests`);
}

function tooLarge(): DomainError<'manifest-too-large'> {
  const constraint = `Member must have length less than or equal to ${limits.manifestSizeBytesMax}`;
  return new DomainError('manifest-too-large', manifestInvalid(constraint).message, {});
}

/** Media types come from the client: no message repeats more than a line of them. */
function shorten(mediaType: string): string {
  return JSON.stringify(mediaType.slice(0, 200));
}
