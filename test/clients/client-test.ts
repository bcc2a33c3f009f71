// The shape of a client's test, and what several of them check: digests, and how much a second push uploads.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSite } from './client-site.ts';

export interface ClientTest {
  readonly name: string;
  /** Programs it cannot do without; it is skipped, and said so, when one is missing. */
  readonly programs: readonly string[];
  run(site: ClientSite): Promise<void>;
}

interface AuditRecord {
  readonly eventName?: string;
  readonly requestParameters?: { readonly repositoryName?: string } | null;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/** All records of the server's audit log so far, oldest first. */
export async function auditRecords(site: ClientSite): Promise<readonly AuditRecord[]> {
  const folder = join(site.server.dataFolder, 'audit');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const lines = texts.join('').split('\n');
  return lines.filter((line) => line.includes('"eventName"')).map((line) => JSON.parse(line) as AuditRecord);
}

const uploading = new Set(['UploadLayerPart', 'CompleteLayerUpload', 'InitiateLayerUpload']);

/** How many upload calls a repository has received: a push that uploads nothing leaves the number as it is. */
export async function uploadsReceived(site: ClientSite, repositoryName: string): Promise<number> {
  const records = await auditRecords(site);
  const uploads = records.filter(({ eventName = '', errorCode }) => uploading.has(eventName) && !errorCode);
  return uploads.filter(({ requestParameters }) => requestParameters?.repositoryName === repositoryName).length;
}

/** The digest that the registry's own API says a tag has. */
export async function digestInRegistry(site: ClientSite, repositoryName: string, tag: string): Promise<string> {
  const ids = `imageTag=${tag}`;
  const answer = await site.aws('ecr', 'batch-get-image', '--repository-name', repositoryName, '--image-ids', ids);
  const [image] = answer.images as ReadonlyArray<{ readonly imageId: { readonly imageDigest: string } }>;
  assert.ok(image, `${repositoryName}:${tag} is in the registry`);
  return image.imageId.imageDigest;
}

/** What a push of nothing new may send: requests with their tokens, and manifests. */
const freePushBytesMax = 64 * 1024;

/** Pushes twice and asserts that the layers, `layerBytes` together, travelled once: bytes and calls are counted. */
export async function pushTwice(
  site: ClientSite,
  repositoryName: string,
  layerBytes: number,
  push: () => Promise<unknown>,
) {
  assert.ok(layerBytes > freePushBytesMax, 'layers small enough to hide in a free push prove nothing');
  const start = site.sentBytes();
  await push();
  const first = site.sentBytes() - start;
  assert.ok(first >= layerBytes, `the first push sent ${first} bytes, less than its layers`);
  const uploads = await uploadsReceived(site, repositoryName);
  assert.ok(uploads > 0, 'the first push uploaded its layers');
  await push();
  const second = site.sentBytes() - start - first;
  assert.ok(second <= freePushBytesMax, `the second push sent ${second} bytes`);
  assert.equal(await uploadsReceived(site, repositoryName), uploads, 'the second push uploaded no layer');
}

/** Asserts that the registry's own API has the tag no more. */
export async function assertGone(site: ClientSite, repositoryName: string, tag: string): Promise<void> {
  const ids = `imageTag=${tag}`;
  const answer = await site.aws('ecr', 'batch-get-image', '--repository-name', repositoryName, '--image-ids', ids);
  assert.deepEqual(answer.images, [], `${repositoryName}:${tag} was deleted`);
}

/** Deletes a tag by the registry's API: for clients that have no command for it. */
export async function deleteByApi(site: ClientSite, repositoryName: string, tag: string): Promise<void> {
  const ids = `imageTag=${tag}`;
  await site.aws('ecr', 'batch-delete-image', '--repository-name', repositoryName, '--image-ids', ids);
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** The platforms of an index, whichever client has printed it. */
export function platformsOf(manifest: string): readonly string[] {
  const { manifests } = JSON.parse(manifest) as { manifests: ReadonlyArray<{ readonly platform: Platform }> };
  return manifests.map(({ platform }) => platform.architecture).toSorted();
}
