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

/** Runs the push a second time and asserts that no layer travelled again. */
export async function assertRepushIsFree(site: ClientSite, repositoryName: string, push: () => Promise<unknown>) {
  const before = await uploadsReceived(site, repositoryName);
  assert.ok(before > 0, 'the first push uploaded its layers');
  await push();
  assert.equal(await uploadsReceived(site, repositoryName), before, 'the second push uploaded no layer');
}
