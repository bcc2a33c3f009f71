// Fills repositories with images: the rows and sealed manifests that pushes would have made, and layers for some.
// All rows are there; files only for the first thousand configurations, as making a file costs more than all its rows.

import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { RegistryRef } from '../../src/core/account.ts';
import { type Digest, digestFromHex } from '../../src/core/digest.ts';
import { limits } from '../../src/core/limits.ts';
import type { KeyRing } from '../../src/core/ports/key-ring.ts';
import { systemRandom } from '../../src/core/random.ts';
import { parseManifest } from '../../src/registry/images/manifest/parse.ts';
import { sealManifest } from '../../src/registry/images/sealed-manifest.ts';
import type { Repositories, Repository } from '../../src/registry/registry.ts';
import type { BlobStore } from '../../src/stores/blobs/blob-store.ts';
import { encryptedBlobStore } from '../../src/stores/blobs/encrypted/encrypted-store.ts';
import { benchRepository, type GeneratedImage } from './site-plan.ts';
import { type BulkTables, openBulkTables } from './tables.ts';
import { unsyncedBlobs } from './unsynced-blobs.ts';

export interface ImagesPlan {
  readonly dataFolder: string;
  readonly databaseFile: string;
  readonly registry: RegistryRef;
  readonly images: number;
  readonly repositories: Repositories;
  readonly keyRing: KeyRing;
  readonly nowMs: number;
}

interface Layer {
  readonly digest: Digest;
  readonly size: number;
  readonly blobId: string;
}

interface Work extends ImagesPlan {
  files: number;
  readonly tables: BulkTables;
  readonly blobs: BlobStore;
}

const commitEvery = 5000;
const sampleMax = 5000;
/** The measured repository has half of all images, as far as its quota allows. */
const measuredShare = 0.5;
const measuredMax = limits.imagesPerRepositoryMax - 10_000;
const otherRepositoriesMax = 1000;
const layerBytes = 100_000;
const filesMax = 1000;
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';

export async function generateImages(plan: ImagesPlan): Promise<{ images: GeneratedImage[]; layerDigest: Digest }> {
  const counts = planRepositories(plan.images);
  const repositories: Repository[] = [];
  for (const name of counts.keys()) repositories.push(await plan.repositories.create(plan.registry, { name }));
  const store = unsyncedBlobs(join(plan.dataFolder, 'blobs'));
  const blobs = encryptedBlobStore({ store, keyRing: plan.keyRing, random: systemRandom });
  const work: Work = { ...plan, files: 0, blobs, tables: openBulkTables(plan.databaseFile) };
  const [first] = repositories;
  if (first === undefined) throw new Error('there is no repository to fill');
  const base = await addBlob(work, first, systemRandom.bytes(layerBytes));
  const sample: GeneratedImage[] = [];
  for (const repository of repositories) {
    const count = counts.get(repository.name) ?? 0;
    linkLayer(work, repository, base);
    const every = Math.max(1, Math.floor(count / sampleMax));
    for (let index = 0; index < count; index += 1) {
      const image = await addImage(work, repository, base, index);
      if (repository === first && index % every === 0) sample.push(image);
      if (index % commitEvery === 0) work.tables.commit();
    }
    work.tables.setImageCount(repository.id, count);
  }
  work.tables.close();
  return { images: sample, layerDigest: base.digest };
}

/** Names in order, the measured one first, and how many images each gets. */
function planRepositories(images: number): ReadonlyMap<string, number> {
  const measured = images <= 1000 ? images : Math.min(Math.ceil(images * measuredShare), measuredMax);
  const counts = new Map([[benchRepository, measured]]);
  const each = Math.max(100, Math.ceil((images - measured) / otherRepositoriesMax));
  for (let left = images - measured; left > 0; left -= each) {
    counts.set(`team-${counts.size}/app`, Math.min(each, left));
  }
  return counts;
}

async function addImage(work: Work, repository: Repository, base: Layer, index: number): Promise<GeneratedImage> {
  const tag = `build-${index}`;
  const config = await addBlob(work, repository, Buffer.from(configText(repository, index)));
  linkLayer(work, repository, config);
  const bytes = Buffer.from(manifestText(config, base, tag));
  const manifest = parseManifest(bytes, ociManifest);
  const digest = sha256(bytes);
  const { tables } = work;
  const repository_id = repository.id;
  tables.insert('image', {
    repository_id,
    digest,
    media_type: manifest.mediaType,
    artifact_type: manifest.artifactType ?? null,
    size_bytes: bytes.length,
    image_size_bytes: config.size + base.size,
    subject: null,
    pushed_at_ms: work.nowMs,
    last_pulled_at_ms: null,
    manifest: await sealManifest(work.keyRing, repository, digest, bytes),
    key_domain: repository.keyDomain,
  });
  for (const { digest: layer_digest, mediaType: media_type = null } of manifest.layers) {
    tables.insert('image_layer', { repository_id, image_digest: digest, layer_digest, media_type });
  }
  tables.insert('image_tag', { repository_id, tag, digest });
  return { tag, digest };
}

async function addBlob(work: Work, { keyDomain }: Repository, bytes: Buffer): Promise<Layer> {
  const digest = sha256(bytes);
  const blobId = systemRandom.bytes(16).toString('hex');
  const name = systemRandom.bytes(16).toString('hex');
  const blob_key = `${keyDomain}/${name.slice(0, 2)}/${name}`;
  work.files += 1;
  if (work.files <= filesMax) {
    const writer = await work.blobs.write(blob_key);
    await writer.append(bytes);
    await writer.commit();
  }
  const size_bytes = bytes.length;
  work.tables.insert('blob', {
    ...{ blob_id: blobId, key_domain: keyDomain, digest, size_bytes },
    created_at_ms: work.nowMs,
  });
  work.tables.insert('blob_part', { blob_id: blobId, ordinal: 0, blob_key, size_bytes });
  return { digest, size: size_bytes, blobId };
}

function linkLayer({ tables, nowMs }: Work, { id }: Repository, { digest, blobId }: Layer): void {
  tables.insert('layer', { repository_id: id, digest, blob_id: blobId, touched_at_ms: nowMs });
}

function configText({ name }: Repository, index: number): string {
  const created = new Date(1_700_000_000_000 + index * 1000).toISOString();
  return JSON.stringify({ architecture: 'amd64', os: 'linux', created, config: { Env: [`BUILD=${name}/${index}`] } });
}

function manifestText(config: Layer, base: Layer, tag: string): string {
  const describe = (mediaType: string, { digest, size }: Layer) => ({ mediaType, digest, size });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: [describe('application/vnd.oci.image.layer.v1.tar+gzip', base)],
    annotations: { 'org.opencontainers.image.version': tag },
  });
}

function sha256(bytes: Uint8Array): Digest {
  return digestFromHex('sha256', hash('sha256', bytes, 'hex'));
}
