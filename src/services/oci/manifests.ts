// Manifests: HEAD, GET, PUT (by tag, or by digest with `?tag=` repeated) and DELETE.

import type { Digest } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { headerOf, type Reply } from '#core/message.ts';
import { isTag } from '#core/names.ts';
import type { ImagePush, ImagePushed } from '#registry/registry.ts';
import type { OciInput } from '#wire/oci/oci-format.ts';
import { accepts } from './accept.ts';
import { entityTag, isKnownToClient, pushConditions } from './conditions.ts';
import {
  audited,
  auditRequest,
  imageNotFound,
  locationOf,
  needsOn,
  type OciOperation,
  type OciRooms,
  repositoryOf,
  requireDigest,
  requireReference,
} from './rooms.ts';

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export const getManifest: OciOperation = {
  kind: 'read',
  needs: needsOn('ecr:BatchGetImage'),
  audit: audited('BatchGetImage', 'imageId'),
  async handle(input, _caller, rooms) {
    const found = repositoryOf(input, rooms);
    const repository = found instanceof Promise ? await found : found;
    const reference = requireReference(input.reference, rooms.mode);
    const got = rooms.registry.images.get(repository, reference);
    const manifest = got instanceof Promise ? await got : got;
    // ECR finds nothing by a tag for a client that does not take what is there (ecr-dataplane.md §6).
    if (rooms.mode === 'ecr' && reference.tag !== undefined && !accepts(input.headers, manifest.mediaType)) {
      throw imageNotFound();
    }
    const headers = {
      'content-type': manifest.mediaType,
      'docker-content-digest': manifest.digest,
      etag: entityTag(manifest.digest),
    };
    if (isKnownToClient(input.headers, manifest.digest)) return { status: 304, headers };
    const sized = { ...headers, 'content-length': manifest.sizeBytes };
    if (input.method === 'HEAD') return { status: 200, headers: sized };
    rooms.registry.images.notePull(repository, manifest.digest);
    return { status: 200, headers: sized, body: manifest.bytes };
  },
};

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
export const putManifest: OciOperation = {
  kind: 'write',
  needs: needsOn('ecr:PutImage'),
  audit: { ...audited('PutImage', 'imageId'), request: auditPush },
  async handle(input, _caller, rooms) {
    const push = readPush(input, rooms);
    const repository = await repositoryOf(input, rooms);
    const bytes = await readManifest(input);
    const pushed = await rooms.registry.images.push(repository, { ...push, bytes });
    return pushReply(input, push.tags, pushed);
  },
};

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#deleting-manifests */
export const deleteManifest: OciOperation = {
  kind: 'write',
  needs: needsOn('ecr:BatchDeleteImage'),
  audit: audited('BatchDeleteImage', 'imageId'),
  async handle(input, _caller, rooms) {
    const { images } = rooms.registry;
    const strict = rooms.mode === 'strict';
    const repository = await repositoryOf(input, rooms);
    const reference = requireReference(input.reference, rooms.mode);
    if (reference.tag !== undefined) {
      await images.removeTag(repository, reference, strict ? 'keep-image' : 'remove-image');
    } else {
      await images.removeImage(repository, reference.digest, strict ? 'remove' : 'refuse');
    }
    return { status: 202, headers: { 'content-length': 0 } };
  },
};

const auditReference = auditRequest('imageId');

/** The tags that stand in the query are as much a part of the push as the reference in the path. */
function auditPush(input: OciInput): Record<string, unknown> {
  const named = auditReference(input);
  const imageTags = [...new Set(input.query.getAll('tag'))].slice(0, limits.tagParametersMax);
  return imageTags.length === 0 ? named : { ...named, imageTags };
}

async function readManifest(input: OciInput): Promise<Buffer> {
  try {
    return await input.body.bytes(limits.manifestSizeBytesMax);
  } catch (cause) {
    if (!(cause instanceof DomainError) || cause.kind !== 'request-too-large') throw cause;
    const message = `A manifest may have at most ${limits.manifestSizeBytesMax} bytes.`;
    throw new DomainError('manifest-too-large', message, {}, { cause });
  }
}

/** Everything of a push but its bytes: checked before the body is read. */
function readPush(input: OciInput, rooms: OciRooms): Omit<ImagePush, 'bytes'> {
  const mediaType = headerOf(input.headers, 'content-type');
  const { digest, tag } = readTarget(input.reference, rooms);
  const tags = tag === undefined ? readTagParameters(input, digest) : [tag];
  return { mediaType, digest, tags, existing: 'accept', conditions: pushConditions(input.headers) };
}

function readTarget(reference: string, rooms: OciRooms): { readonly digest?: Digest; readonly tag?: string } {
  if (reference.includes(':')) return { digest: requireDigest(reference, rooms.mode) };
  if (isTag(reference)) return { tag: reference };
  throw invalidTag(reference);
}

function readTagParameters(input: OciInput, digest: Digest | undefined): readonly string[] {
  const tags = digest === undefined ? [] : [...new Set(input.query.getAll('tag'))];
  if (tags.length > limits.tagParametersMax) {
    throw new DomainError('too-many-tag-parameters', `At most ${limits.tagParametersMax} tags in one push.`, {});
  }
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) throw invalidTag(wrong);
  return tags;
}

function pushReply(input: OciInput, tags: readonly string[], pushed: ImagePushed): Reply {
  const headers: Reply['headers'] = {
    location: locationOf(input, 'manifests', pushed.digest),
    'docker-content-digest': pushed.digest,
    'content-length': 0,
  };
  if (pushed.subject !== undefined) headers['oci-subject'] = pushed.subject;
  if (input.reference.includes(':') && tags.length > 0) headers['oci-tag'] = tags.join(', ');
  if (pushed.mediaType.startsWith('application/vnd.docker.distribution.manifest.v1+')) {
    headers.warning = '299 - "Docker image manifest schema 1 is deprecated; push schema 2 or an OCI manifest."';
  }
  return { status: 201, headers };
}

function invalidTag(tag: string): DomainError {
  const shown = tag.slice(0, limits.tagLengthMax);
  return new DomainError('tag-invalid', `The tag '${shown}' does not follow the grammar of tags.`, {});
}
