// Every operation on layers, with every exception that it documents.

import assert from 'node:assert/strict';
import { digestOf, type EcrCaller } from './caller.ts';
import type { Output } from './driver.ts';

const absentDigest = `sha256:${'0'.repeat(64)}`;
const absentUpload = '00000000-0000-4000-8000-000000000000';

/** Uploads a layer of this text; its digest. */
export async function uploadLayer(ecr: EcrCaller, repositoryName: string, text: string): Promise<string> {
  const upload = await startUpload(ecr, repositoryName);
  await ecr.call('UploadLayerPart', { ...upload, ...partOf(text, 0) });
  const { layerDigest } = await ecr.call('CompleteLayerUpload', { ...upload, layerDigests: [digestOf(text)] });
  assert.equal(layerDigest, digestOf(text));
  return digestOf(text);
}

/** Leaves nothing in the repository but the layer `layerText`, which an image has to name for the URL's sake. */
export async function useLayers(ecr: EcrCaller, repositoryName: string): Promise<void> {
  await refuseParts(ecr, repositoryName);
  await refuseCompletions(ecr, repositoryName);
  for (const [operation, more] of [
    ['BatchCheckLayerAvailability', { layerDigests: [absentDigest] }],
    ['GetDownloadUrlForLayer', { layerDigest: absentDigest }],
    ['InitiateLayerUpload', {}],
    ['UploadLayerPart', { uploadId: absentUpload, ...partOf('x', 0) }],
    ['CompleteLayerUpload', { uploadId: absentUpload, layerDigests: [absentDigest] }],
  ] as const) {
    await ecr.refuses(operation, { ...more, repositoryName: 'absent/one' }, 'RepositoryNotFoundException');
    await ecr.refuses(operation, { ...more, repositoryName: 'Bad/Name' }, 'InvalidParameterException');
  }
  const loose = await uploadLayer(ecr, repositoryName, 'loose');
  const url = (layerDigest: string) => ({ repositoryName, layerDigest });
  await ecr.refuses('GetDownloadUrlForLayer', url(absentDigest), 'LayersNotFoundException');
  await ecr.refuses('GetDownloadUrlForLayer', url(loose), 'LayerInaccessibleException');
  const layerDigests = [loose, absentDigest];
  const { layers } = await ecr.call('BatchCheckLayerAvailability', { repositoryName, layerDigests });
  const states = (layers as Output[]).map(({ layerAvailability }) => layerAvailability);
  assert.deepEqual(states, ['AVAILABLE', 'UNAVAILABLE']);
}

/** The bytes come from the URL without any further credential, in ranges too. */
export async function download(ecr: EcrCaller, repositoryName: string, text: string): Promise<void> {
  const { downloadUrl } = await ecr.call('GetDownloadUrlForLayer', { repositoryName, layerDigest: digestOf(text) });
  assert.equal(await (await fetch(String(downloadUrl))).text(), text);
  const part = await fetch(String(downloadUrl), { headers: { range: 'bytes=1-3' } });
  assert.deepEqual([part.status, await part.text()], [206, text.slice(1, 4)]);
  const forged = await fetch(String(downloadUrl).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')));
  assert.ok([401, 403].includes(forged.status), `a changed URL answers ${forged.status}`);
}

async function refuseParts(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const upload = await startUpload(ecr, repositoryName);
  await ecr.refuses('UploadLayerPart', { ...upload, ...partOf('xy', 5) }, 'InvalidLayerPartException');
  const lie = { ...partOf('xy', 0), partLastByte: 9 };
  await ecr.refuses('UploadLayerPart', { ...upload, ...lie }, 'InvalidLayerPartException');
  const unknown = { ...upload, uploadId: absentUpload };
  await ecr.refuses('UploadLayerPart', { ...unknown, ...partOf('xy', 0) }, 'UploadNotFoundException');
}

async function refuseCompletions(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const complete = (upload: object, text: string) => ({ ...upload, layerDigests: [digestOf(text)] });
  const empty = await startUpload(ecr, repositoryName);
  await ecr.refuses('CompleteLayerUpload', complete(empty, ''), 'EmptyUploadException');
  const unknown = { ...empty, uploadId: absentUpload };
  await ecr.refuses('CompleteLayerUpload', complete(unknown, ''), 'UploadNotFoundException');
  const wrong = await startUpload(ecr, repositoryName);
  await ecr.call('UploadLayerPart', { ...wrong, ...partOf('one', 0) });
  await ecr.refuses('CompleteLayerUpload', complete(wrong, 'another'), 'InvalidLayerException');
  const small = await startUpload(ecr, repositoryName);
  for (const first of [0, 3]) await ecr.call('UploadLayerPart', { ...small, ...partOf('one', first) });
  await ecr.refuses('CompleteLayerUpload', complete(small, 'oneone'), 'LayerPartTooSmallException');
  await uploadLayer(ecr, repositoryName, 'twice');
  const again = await startUpload(ecr, repositoryName);
  await ecr.call('UploadLayerPart', { ...again, ...partOf('twice', 0) });
  await ecr.refuses('CompleteLayerUpload', complete(again, 'twice'), 'LayerAlreadyExistsException');
}

async function startUpload(ecr: EcrCaller, repositoryName: string) {
  const { uploadId, partSize } = await ecr.call('InitiateLayerUpload', { repositoryName });
  assert.equal(partSize, 10 * 1024 * 1024);
  return { repositoryName, uploadId: String(uploadId) };
}

function partOf(layerPartBlob: string, partFirstByte: number) {
  return { layerPartBlob, partFirstByte, partLastByte: partFirstByte + layerPartBlob.length - 1 };
}
