// The domain behind the doors `oci` and `ecr`: what a registry can do, in the registry's own words.
// The folders beside this file implement one member each; `open-registry.ts` puts them together.

import type { RegistryRef } from '#core/account.ts';
import type { Caller } from '#core/caller.ts';
import type { Digest, DigestAlgorithm } from '#core/digest.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';

export type TagMutabilityMode = 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION';

export interface TagMutability {
  readonly mode: TagMutabilityMode;
  /** Wildcard filters; 1 to 5 for the two modes with exclusion, none for the others. */
  readonly exclusionFilters: readonly string[];
}

export interface Encryption {
  readonly type: 'AES256' | 'KMS' | 'KMS_DSSE';
  readonly kmsKey?: string;
}

export interface Repository {
  readonly id: number;
  readonly registry: RegistryRef;
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  readonly tagMutability: TagMutability;
  readonly scanOnPush: boolean;
  readonly encryption: Encryption;
  readonly keyDomain: KeyDomainId;
  /** By which its customer key is asked for; undefined under the registry's own key. */
  readonly keySlot: string | undefined;
  /** Only while its content is moved to another key: then `keyDomain` is what is written to. */
  readonly moving?: RepositoryMove;
}

/** Where the rest of a repository's content is while it is moved. */
export interface RepositoryMove {
  readonly keyDomain: KeyDomainId;
  readonly keySlot: string | undefined;
  /** In which manifests are whose rows name none. */
  readonly unnamedDomain: KeyDomainId;
}

export interface ResourceTag {
  readonly key: string;
  readonly value: string;
}

export interface NewRepository {
  readonly name: string;
  readonly tagMutability?: TagMutability;
  readonly scanOnPush?: boolean;
  readonly encryption?: Encryption;
  /** Whose rights on a customer key count. */
  readonly caller?: Caller;
  readonly tags?: readonly ResourceTag[];
}

/** A page of something; `next` is where the following page starts, absent on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

export interface PageRequest {
  readonly limit: number;
  /** The `next` of the page before; exclusive. Throws invalid-next-token when it is not one of ours. */
  readonly after?: string;
}

export interface RepositoryRemoval {
  readonly force: boolean;
  /** With whose rights its customer key is given back. */
  readonly caller?: Caller;
}

export interface Repositories {
  create(registry: RegistryRef, repository: NewRepository): Promise<Repository>;
  /** Throws repository-not-found. Cached: identical object while nothing changed. */
  get(registry: RegistryRef, name: string): MaybePromise<Repository>;
  /** By name; `after` is the last name seen. */
  list(registry: RegistryRef, page: PageRequest): Promise<Page<Repository>>;
  remove(registry: RegistryRef, name: string, options: RepositoryRemoval): Promise<Repository>;
  setTagMutability(registry: RegistryRef, name: string, mutability: TagMutability): Promise<Repository>;
  /** The text as it was set. Throws repository-policy-not-found. */
  policy(registry: RegistryRef, name: string): Promise<string>;
  setPolicy(registry: RegistryRef, name: string, text: string): Promise<void>;
  /** Returns the text that was removed. */
  removePolicy(registry: RegistryRef, name: string): Promise<string>;
  tags(registry: RegistryRef, name: string): Promise<readonly ResourceTag[]>;
  putTags(registry: RegistryRef, name: string, tags: readonly ResourceTag[]): Promise<void>;
  removeTags(registry: RegistryRef, name: string, keys: readonly string[]): Promise<void>;
}

/** By tag, by digest, or by both, which then must agree. */
export type ImageReference = TagReference | { readonly digest: Digest; readonly tag?: undefined };

export interface TagReference {
  readonly tag: string;
  readonly digest?: Digest;
}

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** Exactly the bytes that were pushed. */
  readonly bytes: Buffer;
}

export interface ImagePush {
  readonly bytes: Uint8Array;
  /** Content-Type or imageManifestMediaType; must agree with the manifest's own mediaType. */
  readonly mediaType?: string | undefined;
  /** The digest the client says; decides the algorithm. sha256 when left out. */
  readonly digest?: Digest | undefined;
  readonly tags: readonly string[];
  /**
   * What to do when image and tag are already there: ECR's API refuses (image-already-exists),
   * a push through the OCI door succeeds (unless the tag is immutable).
   */
  readonly existing: 'refuse' | 'accept';
  /** What must hold of every pushed tag now (of the image itself without tags), else precondition-failed. */
  readonly conditions?: readonly TagCondition[];
}

/** If-Match and If-None-Match: the tag refers to one of these now, or to anything; `not` turns it around. */
export interface TagCondition {
  readonly refersTo: readonly Digest[] | 'anything';
  readonly not: boolean;
}

export interface ImagePushed {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly subject: Digest | undefined;
}

export interface ImageDetail {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly tags: readonly string[];
  /** Layers and config together; for an index its largest child. */
  readonly imageSizeBytes: number;
  readonly pushedAtMs: number;
  readonly lastPulledAtMs: number | undefined;
  readonly subject: Digest | undefined;
}

export interface ImageIdentity {
  readonly digest: Digest;
  readonly tag: string | undefined;
}

export type TagStatus = 'TAGGED' | 'UNTAGGED' | 'ANY';

export interface Images {
  /** Checks and stores a manifest, then moves the tags to it: all in one transaction. */
  push(repository: Repository, push: ImagePush): Promise<ImagePushed>;
  /** Throws image-not-found; image-digest-mismatch when tag and digest disagree. Cached on the hot path. */
  get(repository: Repository, reference: ImageReference): MaybePromise<StoredManifest>;
  /** Notes that the image was pulled now; kept off the hot path, written at most once a day and image. */
  notePull(repository: Repository, digest: Digest): void;
  describe(repository: Repository, reference: ImageReference): Promise<ImageDetail>;
  describeAll(repository: Repository, status: TagStatus, page: PageRequest): Promise<Page<ImageDetail>>;
  /** One entry per (digest, tag), untagged images once. */
  identities(repository: Repository, status: TagStatus, page: PageRequest): Promise<Page<ImageIdentity>>;
  /** Tag names in ASCII order; `after` is any string, exclusive. */
  tagNames(repository: Repository, page: PageRequest): Promise<Page<string>>;
  /**
   * Removes the tag only; a digest beside it must be what the tag refers to, else image-digest-mismatch.
   * With `lastTag: 'remove-image'` an image that loses its last tag goes too (ECR's API).
   */
  removeTag(
    repository: Repository,
    reference: TagReference,
    lastTag: 'keep-image' | 'remove-image',
  ): Promise<ImageIdentity>;
  /** Removes the image and all its tags. With `referenced: 'refuse'` an index's child is image-referenced. */
  removeImage(
    repository: Repository,
    digest: Digest,
    referenced: 'refuse' | 'remove',
  ): Promise<readonly ImageIdentity[]>;
  /** Referrers of a subject in digest order; an unknown subject has none. */
  referrers(
    repository: Repository,
    subject: Digest,
    filter: ReferrersFilter,
    page: PageRequest,
  ): Promise<Page<Referrer>>;
}

export interface ReferrersFilter {
  readonly artifactTypes?: readonly string[];
}

/** A descriptor of a manifest that names the subject. */
export interface Referrer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

export interface LayerInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface LayerRange {
  readonly first: number;
  readonly last: number;
}

export interface Layers {
  /** The layer if this repository has it. Cached on the hot path. */
  find(repository: Repository, digest: Digest): MaybePromise<LayerInfo | undefined>;
  /** The bytes; damage throws from the iteration. */
  read(repository: Repository, digest: Digest, range?: LayerRange): AsyncIterable<Uint8Array>;
  /** True when an image of this repository refers to the layer. */
  isReferenced(repository: Repository, digest: Digest): Promise<boolean>;
  /** Makes the source's layer a layer of the target too; false when it is not there or the key domains differ. */
  mount(target: Repository, source: Repository, digest: Digest): Promise<boolean>;
  /** Names of the registry's repositories that hold the layer in the target's key domain. */
  holders(target: Repository, digest: Digest, page: PageRequest): Promise<Page<string>>;
  /** What the repository's images call each of the layers; a layer of no image has no media type. */
  mediaTypes(repository: Repository, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, string>>;
  /** Removes the layer from this repository. Throws layer-not-found. */
  remove(repository: Repository, digest: Digest): Promise<void>;
}

export interface UploadStatus {
  readonly id: string;
  /** Bytes durably received so far. */
  readonly receivedBytes: number;
  readonly parts: number;
}

export interface UploadAppend {
  /** Where the client says these bytes start; undefined means right after what is there. */
  readonly firstByte?: number | undefined;
  /** How many bytes it says will come; a different number is upload-size-invalid. */
  readonly lengthBytes?: number | undefined;
  /** The pieces are the reader's, who releases their memory. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface UploadCompletion {
  readonly digest: Digest;
  /**
   * `ecr`: at least one part, parts of 5 MiB, and a layer that is there already is refused, as its API does.
   * `ecr-push`: the same parts, but a layer that is there is no refusal, as at its docker endpoint. `oci`: none of it.
   */
  readonly rules: 'ecr' | 'ecr-push' | 'oci';
}

export interface UploadStart {
  readonly algorithm?: DigestAlgorithm;
  /** The principal's unique id: each has its share of the open uploads. */
  readonly openedBy?: string;
}

/** Uploads are parts: each append is one durable part, so that an upload goes on after a restart. */
export interface Uploads {
  /** Throws limit-exceeded. */
  start(repository: Repository, options?: UploadStart): Promise<UploadStatus>;
  /** Throws upload-not-found. */
  status(repository: Repository, uploadId: string): Promise<UploadStatus>;
  /**
   * Adds a part. Out of order is layer-part-invalid and changes nothing. A body that breaks off keeps what
   * arrived, so that the client may go on from there, and throws request-incomplete.
   */
  append(repository: Repository, uploadId: string, append: UploadAppend): Promise<UploadStatus>;
  /** Verifies the digest over all parts and makes the layer; a mismatch is layer-digest-mismatch and leaves nothing. */
  complete(repository: Repository, uploadId: string, completion: UploadCompletion): Promise<LayerInfo>;
  /** Start, append and complete in one: nothing is left behind when it fails. */
  whole(repository: Repository, digest: Digest, append: UploadAppend): Promise<LayerInfo>;
  cancel(repository: Repository, uploadId: string): Promise<void>;
}

export interface Registry {
  readonly repositories: Repositories;
  readonly images: Images;
  readonly layers: Layers;
  readonly uploads: Uploads;
}
