// Uploads: start (plain, monolithic or by mount), append a chunk, complete, ask for the status, cancel.

import { repositoryArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import type { Digest, DigestAlgorithm } from '#core/digest.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { headerOf, type Reply } from '#core/message.ts';
import { isRepositoryName } from '#core/names.ts';
import { need } from '#core/need.ts';
import type { May } from '#core/operation.ts';
import type { LayerInfo, Repository, UploadAppend, UploadStatus } from '#registry/registry.ts';
import type { OciInput } from '#wire/oci/oci-format.ts';
import { readContentRange } from '#wire/oci/range.ts';
import {
  audited,
  auditRequest,
  locationOf,
  needsOn,
  type OciOperation,
  type OciRooms,
  repositoryOf,
  requireDigest,
} from './rooms.ts';

/** The digest of a blob without bytes. */
const noBytes = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const readAction = 'ecr:GetDownloadUrlForLayer';
const wholeUpload = needsOn('ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload');
const startOnly = needsOn('ecr:InitiateLayerUpload');

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs */
export const startUpload: OciOperation = {
  kind: 'write',
  needs: (input, caller) => (input.query.has('digest') ? wholeUpload : startOnly)(input, caller),
  audit: { ...audited('InitiateLayerUpload'), request: auditStart },
  async handle(input, caller, rooms, may) {
    const repository = await repositoryOf(input, rooms);
    const mount = input.query.get('mount');
    if (mount !== null) {
      const layer = await tryMount(input, rooms, may, repository, requireDigest(mount, rooms.mode));
      if (layer !== undefined) return created(input, layer);
    }
    const digest = input.query.get('digest');
    if (digest === null) return startPlain(input, caller, rooms, repository);
    const wanted = requireDigest(digest, rooms.mode);
    if (rooms.mode === 'ecr' && wanted === noBytes) throw uploadEmpty(repository, '');
    const chunk = chunkOf(input);
    if ((chunk.firstByte ?? 0) !== 0) throw notFromTheStart();
    const layer = await rooms.registry.uploads.whole(repository, wanted, chunk);
    return created(input, layer);
  },
};

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks */
export const appendUpload: OciOperation = {
  kind: 'write',
  needs: needsOn('ecr:UploadLayerPart'),
  audit: audited('UploadLayerPart', 'uploadId'),
  async handle(input, _caller, rooms) {
    const repository = await repositoryOf(input, rooms);
    const status = await rooms.registry.uploads.append(repository, input.reference, chunkOf(input));
    // ECR answers 201 here; the specification and every client written to it expect 202.
    return uploadReply(input, status, rooms.mode === 'ecr' ? 201 : 202);
  },
};

/** Closes an upload; the body may carry the last chunk. */
export const completeUpload: OciOperation = {
  kind: 'write',
  needs: needsOn('ecr:UploadLayerPart', 'ecr:CompleteLayerUpload'),
  audit: { ...audited('CompleteLayerUpload', 'uploadId'), request: auditComplete },
  async handle(input, _caller, rooms) {
    const { uploads } = rooms.registry;
    const digest = requireDigest(input.query.get('digest') ?? '', rooms.mode);
    const repository = await repositoryOf(input, rooms);
    // A Content-Range without its bytes is refused, as every chunk that is not what it says.
    if (input.body.declaredBytes !== 0 || hasRange(input))
      await uploads.append(repository, input.reference, chunkOf(input));
    const rules = rooms.mode === 'ecr' ? 'ecr-push' : 'oci';
    const layer = await uploads.complete(repository, input.reference, { digest, rules });
    return created(input, layer);
  },
};

export const getUpload: OciOperation = {
  kind: 'read',
  needs: needsOn('ecr:UploadLayerPart'),
  audit: audited('GetLayerUpload', 'uploadId'),
  async handle(input, _caller, rooms) {
    const repository = await repositoryOf(input, rooms);
    return uploadReply(input, await rooms.registry.uploads.status(repository, input.reference), 204);
  },
};

export const cancelUpload: OciOperation = {
  kind: 'write',
  needs: needsOn('ecr:UploadLayerPart'),
  audit: audited('CancelLayerUpload', 'uploadId'),
  async handle(input, _caller, rooms) {
    const repository = await repositoryOf(input, rooms);
    await rooms.registry.uploads.cancel(repository, input.reference);
    return { status: 204, headers: {} };
  },
};

async function startPlain(input: OciInput, caller: Caller, rooms: OciRooms, repository: Repository): Promise<Reply> {
  const algorithm = readAlgorithm(input.query.get('digest-algorithm'), rooms);
  const status = await rooms.registry.uploads.start(repository, {
    algorithm,
    openedBy: caller.principal.principalId,
  });
  const reply = uploadReply(input, status, 202);
  // Clients that cut a blob themselves learn how small their pieces may be.
  if (rooms.mode === 'ecr') reply.headers['oci-chunk-min-length'] = limits.uploadPartSizeBytesMin;
  return reply;
}

function readAlgorithm(text: string | null, rooms: OciRooms): DigestAlgorithm {
  if (text === null || text === 'sha256') return 'sha256';
  if (text === 'sha512' && rooms.mode === 'strict') return 'sha512';
  throw new DomainError('digest-invalid', 'The digest algorithm is not supported.', {});
}

/** The layer when the caller may read it where it is: here already, in `from`, or anywhere when `from` is not said. */
async function tryMount(
  input: OciInput,
  rooms: OciRooms,
  may: May,
  target: Repository,
  digest: Digest,
): Promise<LayerInfo | undefined> {
  // ECR mounts only where the account setting BLOB_MOUNTING allows it, which is off until a later issue brings it.
  if (rooms.mode === 'ecr') return undefined;
  const { layers, repositories } = rooms.registry;
  const present = await layers.find(target, digest);
  if (present !== undefined && (await mayKnow(may, target.arn))) return present;
  for await (const name of sourcesOf(input, rooms, target, digest)) {
    if (!(await may(need(readAction, repositoryArn(target.registry, name))))) continue;
    const source = await repositoryIfAny(() => repositories.get(target.registry, name));
    if (source !== undefined && (await layers.mount(target, source, digest))) return layers.find(target, digest);
  }
  return undefined;
}

/** Whoever may ask whether a layer is in the repository, or read it, may be told that it is. */
async function mayKnow(may: May, arn: string): Promise<boolean> {
  return (await may(need(readAction, arn))) || (await may(need('ecr:BatchCheckLayerAvailability', arn)));
}

/** `from`, or else every repository of the registry that has the layer. */
async function* sourcesOf(
  input: OciInput,
  { registry }: OciRooms,
  target: Repository,
  digest: Digest,
): AsyncGenerator<string, void, undefined> {
  const from = input.query.get('from');
  if (from !== null) {
    if (isRepositoryName(from)) yield from;
    return;
  }
  let after: string | undefined;
  for (let tried = 0; tried < limits.mountSourcesMax; tried += limits.pageSizeMax) {
    const limit = Math.min(limits.pageSizeMax, limits.mountSourcesMax - tried);
    const page = await registry.layers.holders(target, digest, after === undefined ? { limit } : { limit, after });
    yield* page.items;
    if (page.next === undefined) return;
    after = page.next;
  }
}

async function repositoryIfAny(get: () => Repository | Promise<Repository>): Promise<Repository | undefined> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'repository-not-found') return undefined;
    throw error;
  }
}

const auditNames = auditRequest();
const auditUpload = auditRequest('uploadId');

/** The layer that is to be mounted or sent whole, and where a mount reads it. */
function auditStart(input: OciInput): Record<string, unknown> {
  const layerDigest = input.query.get('mount') ?? input.query.get('digest');
  const mountFrom = input.query.get('from');
  return {
    ...auditNames(input),
    ...(layerDigest === null ? {} : { layerDigest }),
    ...(mountFrom === null ? {} : { mountFrom }),
  };
}

function auditComplete(input: OciInput): Record<string, unknown> {
  const layerDigest = input.query.get('digest');
  return { ...auditUpload(input), ...(layerDigest === null ? {} : { layerDigest }) };
}

function hasRange(input: OciInput): boolean {
  return headerOf(input.headers, 'content-range') !== undefined;
}

function chunkOf(input: OciInput): UploadAppend {
  const range = readContentRange(headerOf(input.headers, 'content-range'));
  if (range === 'malformed') {
    throw new DomainError('upload-size-invalid', 'Content-Range must be <first>-<last>, both inclusive.', {});
  }
  const declared = input.body.declaredBytes;
  const lengthBytes = range === undefined ? declared : range.last - range.first + 1;
  if (range !== undefined && declared !== undefined && declared !== lengthBytes) {
    throw new DomainError('upload-size-invalid', 'Content-Range and Content-Length say different lengths.', {});
  }
  return { firstByte: range?.first, lengthBytes, body: input.body.stream() };
}

/** ECR cannot store a layer of zero bytes (ecr-dataplane.md §3). */
function uploadEmpty({ name, registry }: Repository, uploadId: string): DomainError<'upload-empty'> {
  const where = `in the repository with name '${name}' in registry with id '${registry.accountId}'`;
  const why = 'cannot be completed because it does not have any parts';
  return new DomainError('upload-empty', `The upload with id '${uploadId}' ${where} ${why}`, {});
}

function notFromTheStart(): DomainError<'upload-size-invalid'> {
  return new DomainError('upload-size-invalid', 'A blob in one request begins at byte 0.', {});
}

function uploadReply(input: OciInput, upload: UploadStatus, status: number): Reply {
  const headers: Reply['headers'] = {
    location: locationOf(input, 'blobs', 'uploads', upload.id),
    range: `0-${Math.max(0, upload.receivedBytes - 1)}`,
    'docker-upload-uuid': upload.id,
  };
  if (status !== 204) headers['content-length'] = 0;
  return { status, headers };
}

function created(input: OciInput, layer: LayerInfo): Reply {
  const location = locationOf(input, 'blobs', layer.digest);
  return { status: 201, headers: { location, 'docker-content-digest': layer.digest, 'content-length': 0 } };
}
