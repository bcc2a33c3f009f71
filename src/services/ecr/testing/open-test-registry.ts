// For tests, until src/registry/open-registry.ts is there: the smallest registry in memory that tells the truth.

import { createHash, randomUUID } from 'node:crypto';
import type { RegistryRef } from '#core/account.ts';
import { repositoryArn } from '#core/arn.ts';
import type { Clock } from '#core/clock.ts';
import { type Digest, parseDigest } from '#core/digest.ts';
import { DomainError, type ErrorDetails, type ErrorKind } from '#core/errors.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type {
  ImageDetail,
  ImageIdentity,
  Images,
  LayerInfo,
  Layers,
  Page,
  PageRequest,
  Registry,
  Repositories,
  Repository,
  ResourceTag,
  StoredManifest,
  Uploads,
} from '#registry/registry.ts';

interface Image extends StoredManifest {
  readonly pushedAtMs: number;
  readonly parsed: Parsed;
}
interface Parsed {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly subject?: { readonly digest: string };
  readonly config?: { readonly digest: string; readonly size: number };
  readonly layers?: ReadonlyArray<{ readonly digest: string; readonly size: number }>;
  readonly manifests?: ReadonlyArray<{ readonly digest: string }>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface Room {
  repository: Repository;
  policy: string | undefined;
  readonly labels: Map<string, string>;
  readonly images: Map<string, Image>;
  readonly tags: Map<string, Digest>;
  readonly layers: Map<string, LayerInfo>;
  readonly uploads: Map<string, Uint8Array[]>;
}

const hash = (bytes: Uint8Array) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`) as Digest;

export async function openTestRegistry(clock: Clock): Promise<Registry> {
  const rooms = new Map<string, Room>();
  const here = ({ name, registry }: Repository) =>
    `repository with name '${name}' in the registry with id '${registry.accountId}'`;
  const fail = <K extends ErrorKind>(kind: K, message: string, details: ErrorDetails[K]) =>
    new DomainError(kind, message, details);
  const keyOf = (registry: RegistryRef, name: string) => `${registry.accountId}/${registry.region}/${name}`;
  const find = (registry: RegistryRef, name: string): Room => {
    const room = rooms.get(keyOf(registry, name));
    if (room) return room;
    throw fail(
      'repository-not-found',
      `The repository with name '${name}' does not exist in the registry with id '${registry.accountId}'`,
      {},
    );
  };
  const of = (repository: Repository) => find(repository.registry, repository.name);
  const pageOf = <Item>(
    items: readonly Item[],
    key: (item: Item) => string,
    { limit, after }: PageRequest,
  ): Page<Item> => {
    const rest = [...items]
      .sort((a, b) => (key(a) < key(b) ? -1 : 1))
      .filter((item) => after === undefined || key(item) > after);
    const last = rest[limit - 1];
    return rest.length > limit && last !== undefined
      ? { items: rest.slice(0, limit), next: key(last) }
      : { items: rest };
  };
  const tagsOf = (room: Room, digest: string) =>
    [...room.tags]
      .filter(([, to]) => to === digest)
      .map(([tag]) => tag)
      .sort();

  const repositories: Repositories = {
    async create(registry, wanted) {
      const key = keyOf(registry, wanted.name);
      if (rooms.has(key))
        throw fail(
          'repository-already-exists',
          `The repository with name '${wanted.name}' already exists in the registry with id '${registry.accountId}'`,
          {},
        );
      const repository: Repository = {
        id: rooms.size + 1,
        registry,
        name: wanted.name,
        arn: repositoryArn(registry, wanted.name),
        createdAtMs: clock.nowMs(),
        tagMutability: wanted.tagMutability ?? { mode: 'MUTABLE', exclusionFilters: [] },
        scanOnPush: wanted.scanOnPush ?? false,
        encryption: wanted.encryption ?? { type: 'AES256' },
        keyDomain: 'x' as KeyDomainId,
      };
      rooms.set(key, {
        repository,
        policy: undefined,
        labels: new Map(),
        images: new Map(),
        tags: new Map(),
        layers: new Map(),
        uploads: new Map(),
      });
      await repositories.putTags(registry, wanted.name, wanted.tags ?? []);
      return repository;
    },
    get: (registry, name) => find(registry, name).repository,
    list: async (registry, page) =>
      pageOf(
        [...rooms.values()].map((r) => r.repository).filter((r) => r.registry.accountId === registry.accountId),
        (r) => r.name,
        page,
      ),
    async remove(registry, name, { force }) {
      const room = find(registry, name);
      if (!force && room.images.size > 0)
        throw fail(
          'repository-not-empty',
          `The repository with name '${name}' in registry with id '${registry.accountId}' cannot be deleted because it still contains images`,
          {},
        );
      rooms.delete(keyOf(registry, name));
      return room.repository;
    },
    async setTagMutability(registry, name, tagMutability) {
      const room = find(registry, name);
      room.repository = { ...room.repository, tagMutability };
      return room.repository;
    },
    async policy(registry, name) {
      const { policy, repository } = find(registry, name);
      if (policy === undefined)
        throw fail('repository-policy-not-found', `Repository policy does not exist for the ${here(repository)}`, {});
      return policy;
    },
    async setPolicy(registry, name, text) {
      find(registry, name).policy = text;
    },
    async removePolicy(registry, name) {
      const text = await repositories.policy(registry, name);
      find(registry, name).policy = undefined;
      return text;
    },
    tags: async (registry, name) =>
      [...find(registry, name).labels].map(([key, value]): ResourceTag => ({ key, value })),
    async putTags(registry, name, tags) {
      const { labels } = find(registry, name);
      if (new Set([...labels.keys(), ...tags.map(({ key }) => key)]).size > 50)
        throw fail('too-many-resource-tags', 'too many', {});
      for (const { key, value } of tags) labels.set(key, value);
    },
    async removeTags(registry, name, keys) {
      for (const key of keys) find(registry, name).labels.delete(key);
    },
  };

  const uploadOf = (room: Room, id: string) => {
    const parts = room.uploads.get(id);
    if (parts) return parts;
    throw fail('upload-not-found', `No upload ${id}`, {});
  };
  const sizeOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, part) => sum + part.length, 0);
  const uploads: Partial<Uploads> = {
    async start(repository) {
      const id = randomUUID();
      of(repository).uploads.set(id, []);
      return { id, receivedBytes: 0, parts: 0 };
    },
    async status(repository, id) {
      const parts = uploadOf(of(repository), id);
      return { id, receivedBytes: sizeOf(parts), parts: parts.length };
    },
    async append(repository, id, { firstByte, body }) {
      const parts = uploadOf(of(repository), id);
      const received = sizeOf(parts);
      if (firstByte !== received)
        throw fail('layer-part-invalid', 'order', {
          registryId: repository.registry.accountId,
          repositoryName: repository.name,
          uploadId: id,
          lastValidByteReceived: received - 1,
        });
      for await (const chunk of body) parts.push(chunk);
      return { id, receivedBytes: sizeOf(parts), parts: parts.length };
    },
    async complete(repository, id, { digest }) {
      const room = of(repository);
      const parts = uploadOf(room, id);
      if (parts.length === 0)
        throw fail(
          'upload-empty',
          `The upload with id '${id}' in the repository with name '${repository.name}' in registry with id '${repository.registry.accountId}' cannot be completed because it does not have any parts`,
          {},
        );
      if (parts.slice(0, -1).some((part) => part.length < 5 * 1024 * 1024))
        throw fail('layer-part-too-small', 'All layer parts except the last part should be at least 5MB', {});
      if (hash(Buffer.concat(parts)) !== digest) throw fail('layer-digest-mismatch', 'digest', {});
      if (room.layers.has(digest)) throw fail('layer-already-exists', 'there', {});
      const layer = { digest, sizeBytes: sizeOf(parts), mediaType: undefined };
      room.layers.set(digest, layer);
      room.uploads.delete(id);
      return layer;
    },
  };

  const layers: Partial<Layers> = {
    find: (repository, digest) => of(repository).layers.get(digest),
    isReferenced: async (repository, digest) =>
      [...of(repository).images.values()].some(({ parsed }) =>
        [parsed.config, ...(parsed.layers ?? [])].some((d) => d?.digest === digest),
      ),
  };

  const imageOf = (room: Room, reference: { tag?: string | undefined; digest?: Digest | undefined }): Image => {
    const byTag = reference.tag === undefined ? undefined : room.tags.get(reference.tag);
    const digest = reference.tag === undefined ? reference.digest : byTag;
    const image = digest === undefined ? undefined : room.images.get(digest);
    if (image === undefined) throw fail('image-not-found', 'Requested image not found', {});
    if (reference.digest !== undefined && reference.digest !== image.digest)
      throw fail('image-digest-mismatch', 'tag and digest differ', {});
    return image;
  };
  const detailOf = (room: Room, image: Image): ImageDetail => ({
    digest: image.digest,
    mediaType: image.mediaType,
    artifactType: image.parsed.artifactType,
    tags: tagsOf(room, image.digest),
    imageSizeBytes:
      (image.parsed.config?.size ?? 0) + (image.parsed.layers ?? []).reduce((sum, { size }) => sum + size, 0),
    pushedAtMs: image.pushedAtMs,
    lastPulledAtMs: undefined,
    subject: parseDigest(image.parsed.subject?.digest ?? ''),
  });
  const wanted = (tags: readonly string[], status: string) =>
    status === 'ANY' || (status === 'TAGGED') === tags.length > 0;
  const images: Partial<Images> = {
    async push(repository, { bytes, mediaType, digest: said, tags }) {
      const room = of(repository);
      const { tagMutability, name, registry } = repository;
      let parsed: Parsed;
      try {
        parsed = JSON.parse(Buffer.from(bytes).toString()) as Parsed;
      } catch {
        throw fail('manifest-invalid', 'Invalid JSON syntax', {});
      }
      const type = parsed?.mediaType ?? mediaType;
      if (type === undefined)
        throw fail('manifest-invalid', 'image manifest mediatype not provided in manifest or parameter', {});
      const digest = hash(bytes);
      if (said !== undefined && said !== digest) throw fail('image-digest-mismatch', 'digest', {});
      const missing = [parsed.config, ...(parsed.layers ?? [])]
        .filter((d) => d !== undefined && !room.layers.has(d.digest))
        .map((d) => d?.digest ?? '');
      if (missing.length > 0)
        throw fail(
          'layers-missing',
          `Layers with digests '[${missing.join(', ')}]' required for pushing image into ${here(repository)} do not exist`,
          { digests: missing },
        );
      const children = (parsed.manifests ?? []).map((m) => m.digest).filter((d) => !room.images.has(d));
      if (children.length > 0)
        throw fail(
          'images-missing',
          `Images with digests '[${children.join(', ')}]' required for pushing image into ${here(repository)} do not exist`,
          { digests: children },
        );
      const [tag] = tags;
      if (room.images.has(digest) && (tag === undefined || room.tags.get(tag) === digest))
        throw fail(
          'image-already-exists',
          `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${name}' in registry with id '${registry.accountId}'`,
          {},
        );
      if (tag !== undefined && room.tags.has(tag) && tagMutability.mode === 'IMMUTABLE')
        throw fail(
          'tag-immutable',
          `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
          {},
        );
      if (!room.images.has(digest))
        room.images.set(digest, {
          digest,
          mediaType: type,
          sizeBytes: bytes.length,
          bytes: Buffer.from(bytes),
          pushedAtMs: clock.nowMs(),
          parsed,
        });
      if (tag !== undefined) room.tags.set(tag, digest);
      return { digest, mediaType: type, subject: undefined };
    },
    get: (repository, reference) => imageOf(of(repository), reference),
    notePull: () => {},
    describe: async (repository, reference) => detailOf(of(repository), imageOf(of(repository), reference)),
    async describeAll(repository, status, page) {
      const room = of(repository);
      return pageOf(
        [...room.images.values()].map((i) => detailOf(room, i)).filter(({ tags }) => wanted(tags, status)),
        (d) => d.digest,
        page,
      );
    },
    async identities(repository, status, page) {
      const room = of(repository);
      const all = [...room.images.keys()].flatMap((digest): ImageIdentity[] => {
        const tags = tagsOf(room, digest);
        if (!wanted(tags, status)) return [];
        return tags.length === 0
          ? [{ digest: digest as Digest, tag: undefined }]
          : tags.map((tag) => ({ digest: digest as Digest, tag }));
      });
      return pageOf(all, ({ digest, tag }) => `${digest}@${tag ?? ''}`, page);
    },
    async removeTag(repository, tag) {
      const room = of(repository);
      const { digest } = imageOf(room, { tag });
      room.tags.delete(tag);
      if (tagsOf(room, digest).length === 0) room.images.delete(digest);
      return { digest, tag };
    },
    async removeImage(repository, digest) {
      const room = of(repository);
      imageOf(room, { digest });
      const lists = [...room.images.values()]
        .filter(({ parsed }) => parsed.manifests?.some((m) => m.digest === digest))
        .map((i) => i.digest);
      if (lists.length > 0)
        throw fail('image-referenced', `Requested image referenced by manifest list: [${lists.join(', ')}]`, {});
      const tags = tagsOf(room, digest);
      room.images.delete(digest);
      for (const tag of tags) room.tags.delete(tag);
      return tags.length === 0 ? [{ digest, tag: undefined }] : tags.map((tag) => ({ digest, tag }));
    },
    async referrers(repository, subject, { artifactTypes }, page) {
      const found = [...of(repository).images.values()].filter(({ parsed }) => parsed.subject?.digest === subject);
      const views = found.map(({ digest, mediaType, sizeBytes, parsed }) => ({
        digest,
        mediaType,
        sizeBytes,
        artifactType: parsed.artifactType,
        annotations: parsed.annotations,
      }));
      return pageOf(
        views.filter(({ artifactType }) => artifactTypes === undefined || artifactTypes.includes(artifactType ?? '')),
        (v) => v.digest,
        page,
      );
    },
  };
  return { repositories, images: images as Images, layers: layers as Layers, uploads: uploads as Uploads };
}
