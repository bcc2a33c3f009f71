// Plants markers in a repository: in layers, configs, manifests and policies, pushed, abandoned, given up and refused.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as Ecr from '@aws-sdk/client-ecr';
import { digestOf, imageManifestType } from './oci-client.ts';
import { malformedWith, type Planting, policyWith, refused } from './planting.ts';

/** Two of them reach over the first segment of a blob. */
const noiseBytes = 600 * 1024;
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

export async function plantInRepository(
  planting: Planting,
  repositoryName: string,
  encryptionConfiguration: Ecr.EncryptionConfiguration | undefined,
): Promise<void> {
  await planting.ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
  await plantUploads(planting, repositoryName);
  await plantImages(planting, repositoryName);
  await plantPolicies(planting, repositoryName);
}

async function plantUploads({ markers, ecr, oci }: Planting, name: string): Promise<void> {
  const noise = randomBytes(noiseBytes);
  const marked = (what: string) => Buffer.concat([noise, Buffer.from(markers.text(`${name}: ${what}`)), noise]);
  const start = async () => {
    const { headers } = await oci.send('POST', `/v2/${name}/blobs/uploads/`, Buffer.alloc(0));
    return new URL(headers.location ?? '', 'http://relative').pathname;
  };
  const append = async (path: string, what: string, first: number) => {
    const bytes = marked(what);
    const range = { 'content-range': `${first}-${first + bytes.length - 1}` };
    assert.equal((await oci.send('PATCH', path, bytes, range)).status, 202, what);
    return bytes;
  };
  const whole = await start();
  const first = await append(whole, 'first part of a layer', 0);
  const layer = Buffer.concat([first, await append(whole, 'second part of a layer', first.length)]);
  const put = (path: string, digest: string) => oci.send('PUT', `${path}?digest=${digest}`, Buffer.alloc(0));
  assert.equal((await put(whole, digestOf(layer))).status, 201);

  await append(await start(), 'abandoned upload', 0);
  const wrong = await start();
  await append(wrong, 'upload with another digest', 0);
  assert.equal((await put(wrong, digestOf(noise))).status, 400);
  const cancelled = await start();
  await append(cancelled, 'cancelled upload', 0);
  assert.equal((await oci.send('DELETE', cancelled)).status, 204);

  const { uploadId } = await ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName: name }));
  const part = { repositoryName: name, uploadId, partFirstByte: 0 };
  const layerPartBlob = marked('part of an abandoned upload at the ECR door');
  await ecr.send(new Ecr.UploadLayerPartCommand({ ...part, partLastByte: layerPartBlob.length - 1, layerPartBlob }));
  const refusedPart = marked('part that is refused');
  await refused(ecr.send(new Ecr.UploadLayerPartCommand({ ...part, partLastByte: 9, layerPartBlob: refusedPart })));
}

async function plantImages({ markers, ecr, oci }: Planting, name: string): Promise<void> {
  const text = (what: string) => markers.text(`${name}: ${what}`);
  const config = Buffer.from(JSON.stringify({ config: { Labels: { note: text('image config') } } }));
  const layer = Buffer.from(text('small layer'));
  for (const blob of [config, layer]) await oci.pushBlob(name, blob);
  const descriptor = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const manifestWith = (what: string, more: object = {}) =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: imageManifestType,
        config: descriptor(configType, config),
        layers: [descriptor(layerType, layer)],
        annotations: { note: `"${text(what)}" é` },
        ...more,
      }),
    );
  const push = async (reference: string, body: Buffer) =>
    (await oci.send('PUT', `/v2/${name}/manifests/${reference}`, body, { 'content-type': imageManifestType })).status;
  const image = manifestWith('annotation');
  assert.equal(await push('one', image), 201);
  const subject = descriptor(imageManifestType, image);
  assert.equal(await push('two', manifestWith('annotation of a referrer', { subject })), 201);
  assert.equal((await oci.send('GET', `/v2/${name}/referrers/${subject.digest}`)).status, 200);
  const missing = [descriptor(layerType, Buffer.from('not here'))];
  assert.equal(await push('three', manifestWith('manifest without its layer', { layers: missing })), 404);
  assert.equal(await push('four', Buffer.from(`{"schemaVersion": 2, "${text('broken manifest')}`)), 400);

  const named = { repositoryName: name, imageManifestMediaType: imageManifestType };
  const imageManifest = manifestWith('annotation at the ECR door').toString();
  await ecr.send(new Ecr.PutImageCommand({ ...named, imageManifest, imageTag: 'five' }));
  const broken = `{"${text('broken manifest at the ECR door')}`;
  await refused(ecr.send(new Ecr.PutImageCommand({ ...named, imageManifest: broken, imageTag: 'six' })));
  await ecr.send(new Ecr.BatchGetImageCommand({ repositoryName: name, imageIds: [{ imageTag: 'five' }] }));
}

async function plantPolicies({ markers, ecr }: Planting, repositoryName: string): Promise<void> {
  const policyText = policyWith(markers, `${repositoryName}: repository policy`, {
    Principal: '*',
    Action: 'ecr:BatchGetImage',
  });
  await ecr.send(new Ecr.SetRepositoryPolicyCommand({ repositoryName, policyText }));
  const malformed = malformedWith(markers, `${repositoryName}: malformed repository policy`);
  await refused(ecr.send(new Ecr.SetRepositoryPolicyCommand({ repositoryName, policyText: malformed })));
  await ecr.send(new Ecr.GetRepositoryPolicyCommand({ repositoryName }));
}
