// For tests of repositories and images: both over an empty SQLite database in memory, and manifests to push.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { parseAccountId, parseRegion, type RegistryRef } from '#core/account.ts';
import { type Clock, manualClock } from '#core/clock.ts';
import { type Digest, digestFromHex } from '#core/digest.ts';
import { DomainError, type ErrorKind } from '#core/errors.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { openImages } from '../images/open-images.ts';
import { imageDomainMigration, imageMigration, layerMediaTypeMigration, untaggedMigration } from '../images/tables.ts';
import { reencryptionMigration } from '../reencryption/tables.ts';
import type { ImagePush, Repository } from '../registry.ts';
import { openRepositories } from '../repositories/open-repositories.ts';
import { repositoryKeyMigration, repositoryMigration, repositoryMoveMigration } from '../repositories/tables.ts';
import { testKeyRing } from './test-key-ring.ts';
import { type TestRepositoryKeys, testRepositoryKeys } from './test-repository-keys.ts';

export const migrations = [
  repositoryMigration,
  imageMigration,
  layerMediaTypeMigration,
  untaggedMigration,
  repositoryKeyMigration,
  repositoryMoveMigration,
  imageDomainMigration,
  reencryptionMigration,
];
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';

export function registryRef(account = '123456789012', regionName = 'us-east-1'): RegistryRef {
  const accountId = parseAccountId(account);
  const region = parseRegion(regionName);
  assert.ok(accountId !== undefined && region !== undefined);
  return { accountId, region };
}

export const home = registryRef();

export interface Rooms {
  readonly database: Database;
  readonly clock: Clock & { advance(ms: number): void };
  readonly repositoryKeys: TestRepositoryKeys;
  readonly repositories: ReturnType<typeof openRepositories>['repositories'];
  readonly resourceFacts: ReturnType<typeof openRepositories>['resourceFacts'];
  readonly images: ReturnType<typeof openImages>['images'];
  readonly pullTimes: ReturnType<typeof openImages>['pullTimes'];
  /** Says that a repository has a layer of these bytes. */
  addLayer(repository: Repository, bytes: string): Layer;
}

export interface Layer {
  readonly digest: Digest;
  readonly size: number;
}

/** Opens everything; with a `database` it is one more process over the same data. */
export async function openRooms(file = ':memory:', keyRing = testKeyRing()): Promise<Rooms> {
  const database = await openSqlite({ file, migrations });
  const clock = manualClock(1_800_000_000_000);
  const layers = new Map<string, number>();
  const options = { database, clock, keyRing, repositoryKeys: testRepositoryKeys() };
  const images = openImages({
    ...options,
    findLayers: async (_transaction, id, digests) => {
      const found = digests.filter((digest) => layers.has(`${id}/${digest}`));
      return new Map(found.map((digest) => [digest, { sizeBytes: layers.get(`${id}/${digest}`) ?? 0 }]));
    },
  });
  return {
    ...{ database, clock, repositoryKeys: options.repositoryKeys },
    ...openRepositories(options),
    ...images,
    addLayer(repository, bytes) {
      const digest = sha256(bytes);
      layers.set(`${repository.id}/${digest}`, bytes.length);
      return { digest, size: bytes.length };
    },
  };
}

export function sha256(bytes: string | Uint8Array): Digest {
  return digestFromHex('sha256', hash('sha256', bytes, 'hex'));
}

export interface Made {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly size: number;
}

export function made(body: object): Made {
  const bytes = Buffer.from(JSON.stringify(body));
  return { bytes, digest: sha256(bytes), size: bytes.length };
}

/** An image manifest over one configuration and the layers. */
export function imageManifest(config: Layer, layers: readonly Layer[], more: object = {}): Made {
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  return made({
    ...{ schemaVersion: 2, mediaType: ociManifest },
    config: { mediaType, ...config },
    layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer })),
    ...more,
  });
}

export function indexManifest(children: readonly Made[], more: object = {}): Made {
  const manifests = children.map(({ digest, size }) => ({ mediaType: ociManifest, digest, size }));
  return made({ schemaVersion: 2, mediaType: ociIndex, manifests, ...more });
}

export function descriptorOf({ digest, size }: Made): object {
  return { mediaType: ociManifest, digest, size };
}

/** A push as the OCI door makes it. */
export function pushOf(image: Made, ...tags: string[]): ImagePush {
  return { bytes: image.bytes, tags, existing: 'accept' };
}

/** Asserts the kind of the refusal and, if given, its exact message. */
export async function refuses(promise: unknown, kind: ErrorKind, message?: string): Promise<DomainError> {
  const error = await Promise.resolve(promise).then(
    () => assert.fail(`was not refused as ${kind}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DomainError, String(error));
  assert.equal(error.kind, kind, error.message);
  if (message !== undefined) assert.equal(error.message, message);
  return error;
}
