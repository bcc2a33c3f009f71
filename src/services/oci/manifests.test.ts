// Manifests at the OCI door: what each request answers, in both modes, and what its audit record would name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '#core/limits.ts';
import { home } from '#registry/testing/test-images.ts';
import { digestOf, imageType, indexType, openOci } from './testing/house.ts';

const schema1Type = 'application/vnd.docker.distribution.manifest.v1+json';
const absent = `sha256:${'0'.repeat(64)}`;

test('a manifest comes back byte for byte by tag and digest, and HEAD says the same without a body', async () => {
  const oci = await openOci();
  const manifest = `${await oci.manifest('app')}\n`;
  const digest = digestOf(manifest);
  const put = await oci.putManifest('app', 'v1', manifest);
  assert.equal(put.status, 201);
  assert.equal(put.headers.location, `/v2/app/manifests/${digest}`);
  for (const reference of ['v1', digest]) {
    const got = await oci.send('GET', `/v2/app/manifests/${reference}`);
    assert.deepEqual([got.status, got.body.toString()], [200, manifest]);
    const { body, headers, status } = await oci.send('HEAD', `/v2/app/manifests/${reference}`);
    assert.deepEqual([status, body.length, headers['content-length']], [200, 0, manifest.length]);
    assert.deepEqual(headers, got.headers);
    assert.equal(headers['docker-content-digest'], digest);
  }
});

test('only schema 1 is warned of', async () => {
  const oci = await openOci();
  const image = await oci.putManifest('app', 'v1', await oci.manifest('app'));
  assert.equal(image.headers.warning, undefined, 'an OCI image is nothing to warn of');
  const blobSum = await oci.pushBlob('app', 'layer');
  const old = JSON.stringify({ schemaVersion: 1, fsLayers: [{ blobSum }], history: [] });
  const { status, headers } = await oci.putManifest('app', 'old', old, schema1Type);
  assert.equal(status, 201);
  assert.match(String(headers.warning), /^299 - "[^"]*schema 1/);
});

test('If-None-Match answers 304, by list, weak or star; another digest is answered whole', async () => {
  const oci = await openOci();
  const manifest = await oci.manifest('app');
  await oci.putManifest('app', 'v1', manifest);
  const etag = `"${digestOf(manifest)}"`;
  for (const value of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const { status, body } = await oci.send('GET', '/v2/app/manifests/v1', { headers: { 'if-none-match': value } });
    assert.deepEqual([status, body.length], [304, 0], value);
  }
  const other = await oci.send('GET', '/v2/app/manifests/v1', { headers: { 'if-none-match': `"x${etag}"` } });
  assert.equal(other.status, 200);
});

test('preconditions of a push: If-Match and If-None-Match, one digest, several, or any', async () => {
  const oci = await openOci();
  const [one, two] = [await oci.manifest('app'), `${await oci.manifest('app')} `];
  const put = async (body: string, headers: Record<string, string>) => {
    const type = { 'content-type': imageType };
    return (await oci.send('PUT', '/v2/app/manifests/v1', { body, headers: { ...type, ...headers } })).status;
  };
  assert.equal(await put(one, { 'if-match': '*' }), 412, 'there is no tag yet');
  assert.equal(await put(one, { 'if-none-match': '*' }), 201);
  assert.equal(await put(two, { 'if-none-match': '*' }), 412, 'the tag is there');
  assert.equal(await put(two, { 'if-match': `"${absent}"` }), 412);
  assert.equal(await put(two, { 'if-match': '"not-a-digest"' }), 412);
  assert.equal(await put(two, { 'if-match': `"${absent}", "${digestOf(one)}"` }), 201);
  assert.equal(await put(one, { 'if-none-match': `"${digestOf(two)}"` }), 412);
  assert.equal(await put(one, { 'if-match': '*' }), 201);
});

test('a push by digest sets every tag that it names, and its record names them', async () => {
  const oci = await openOci();
  const manifest = await oci.manifest('app');
  const digest = digestOf(manifest);
  const pushed = await oci.putManifest('app', `${digest}?tag=a&tag=b&tag=a`, manifest);
  assert.deepEqual([pushed.status, pushed.headers['oci-tag']], [201, 'a, b']);
  assert.deepEqual(pushed.audited, {
    registryId: home.accountId,
    repositoryName: 'app',
    imageId: digest,
    imageTags: ['a', 'b'],
  });
  const bad = await oci.putManifest('app', `${digest}?tag=-`, manifest);
  assert.deepEqual([bad.status, bad.error?.code], [400, 'MANIFEST_INVALID']);
  const tags = Array.from({ length: limits.tagParametersMax + 1 }, (_, index) => `tag=t${index}`).join('&');
  assert.equal((await oci.putManifest('app', `${digest}?${tags}`, manifest)).status, 414);
  const wrong = await oci.putManifest('app', absent, manifest);
  assert.deepEqual([wrong.status, wrong.error?.code], [400, 'DIGEST_INVALID']);
});

test('a sha512 push is answered in sha512 everywhere; ECR knows no sha512', async () => {
  const oci = await openOci();
  const manifest = await oci.manifest('app');
  const digest = digestOf(manifest, 'sha512');
  const pushed = await oci.putManifest('app', digest, manifest);
  assert.deepEqual([pushed.status, pushed.headers['docker-content-digest']], [201, digest]);
  const got = await oci.send('GET', `/v2/app/manifests/${digest}`);
  assert.equal(got.headers['docker-content-digest'], digest);
  const ecr = await openOci('ecr');
  const refused = await ecr.putManifest('app', digest, await ecr.manifest('app'));
  assert.deepEqual([refused.status, refused.error?.code], [400, 'DIGEST_INVALID']);
});

test('what is missing is named: layers, children; each mode has its own code', async () => {
  const strict = await openOci();
  const ecr = await openOci('ecr');
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: absent, size: 1 }];
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ mediaType: imageType, digest: absent, size: 1 }],
  });
  const byMode = [
    [strict, 'MANIFEST_BLOB_UNKNOWN'],
    [ecr, 'BLOB_UPLOAD_UNKNOWN'],
  ] as const;
  for (const [oci, code] of byMode) {
    const { status, error } = await oci.putManifest('app', 'v1', await oci.manifest('app', { layers }));
    assert.deepEqual([status, error?.code, error?.detail], [404, code, { digests: [absent] }]);
    const child = await oci.putManifest('app', 'v1', index, indexType);
    assert.deepEqual([child.status, child.error?.code], [404, 'MANIFEST_BLOB_UNKNOWN']);
    assert.match(child.error?.message ?? '', /^Images with digests '\[sha256:0+\]' required for pushing image/);
  }
});

test('what is no manifest is refused: syntax, types, size; each mode in its own status', async () => {
  const strict = await openOci();
  const ecr = await openOci('ecr');
  const text = await strict.manifest('app');
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['no json', imageType],
    [text.replace('{', '{"schemaVersion":2,'), imageType],
    [text, indexType],
    [text, 'text/plain'],
    ['['.repeat(1000), imageType],
  ];
  for (const [body, type] of cases) {
    const refused = await strict.putManifest('app', 'v1', body, type);
    assert.deepEqual([refused.status, refused.error?.code], [400, 'MANIFEST_INVALID'], body.slice(0, 40));
    const asEcr = await ecr.putManifest('app', 'v1', body, type);
    assert.deepEqual([asEcr.status, asEcr.error?.code], [405, 'UNSUPPORTED'], body.slice(0, 40));
    assert.match(asEcr.error?.message ?? '', /^Invalid parameter at 'ImageManifest' failed to satisfy constraint: /);
  }
  const large = await strict.putManifest('app', 'v1', ' '.repeat(limits.manifestSizeBytesMax + 1));
  assert.deepEqual([large.status, large.error?.code], [413, 'SIZE_INVALID']);
  assert.equal((await strict.send('GET', '/v2/app/tags/list')).body.toString(), '{"name":"app","tags":[]}');
});

test('a subject that is not there is welcome and announced', async () => {
  const oci = await openOci();
  const subject = { mediaType: imageType, digest: absent, size: 1 };
  const pushed = await oci.putManifest('app', 'v1', await oci.manifest('app', { subject }));
  assert.deepEqual([pushed.status, pushed.headers['oci-subject']], [201, absent]);
});

test('immutable tags stay, in all four modes', async () => {
  const oci = await openOci();
  const [one, two] = [await oci.manifest('app'), `${await oci.manifest('app')} `];
  const moves = async (tag: string) => (await oci.putManifest('app', tag, two)).error?.code ?? 'moved';
  const modes = [
    ['MUTABLE', [], 'moved', 'moved'],
    ['IMMUTABLE', [], 'TAG_INVALID', 'TAG_INVALID'],
    ['IMMUTABLE_WITH_EXCLUSION', ['dev*'], 'moved', 'TAG_INVALID'],
    ['MUTABLE_WITH_EXCLUSION', ['dev*'], 'TAG_INVALID', 'moved'],
  ] as const;
  for (const [mode, exclusionFilters, dev, release] of modes) {
    await oci.registry.repositories.setTagMutability(home, 'app', { mode: 'MUTABLE', exclusionFilters: [] });
    for (const tag of ['dev-1', 'v1']) assert.equal((await oci.putManifest('app', tag, one)).status, 201);
    await oci.registry.repositories.setTagMutability(home, 'app', { mode, exclusionFilters });
    assert.deepEqual([await moves('dev-1'), await moves('v1')], [dev, release], mode);
  }
});

test('deletion: a tag goes alone in strict mode, with its image in ECR, which keeps a listed child', async () => {
  for (const mode of ['strict', 'ecr'] as const) {
    const oci = await openOci(mode);
    const manifest = await oci.manifest('app');
    const digest = digestOf(manifest);
    await oci.putManifest('app', 'v1', manifest);
    const manifests = [{ mediaType: imageType, digest, size: manifest.length }];
    const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
    await oci.putManifest('app', 'index', index, indexType);
    const child = await oci.send('DELETE', `/v2/app/manifests/${digest}`);
    if (mode === 'ecr') {
      assert.deepEqual([child.status, child.error?.code], [405, 'UNSUPPORTED']);
      assert.equal(child.error?.message, `Requested image referenced by manifest list: [${digestOf(index)}]`);
    } else assert.equal(child.status, 202);
    assert.equal((await oci.send('DELETE', '/v2/app/manifests/index')).status, 202);
    const left = await oci.send('GET', `/v2/app/manifests/${digestOf(index)}`);
    assert.equal(left.status, mode === 'ecr' ? 404 : 200);
    const again = await oci.send('DELETE', '/v2/app/manifests/index');
    assert.deepEqual([again.status, again.error?.code], [404, 'MANIFEST_UNKNOWN']);
    assert.equal(again.eventName, 'BatchDeleteImage');
  }
});

test('in ECR’s mode a client that does not take the type finds nothing by tag', async () => {
  const oci = await openOci('ecr');
  const manifest = await oci.manifest('app');
  await oci.putManifest('app', 'v1', manifest);
  const get = async (reference: string, accept: string) =>
    (await oci.send('GET', `/v2/app/manifests/${reference}`, { headers: { accept } })).status;
  for (const accept of [imageType, `${schema1Type}, ${imageType};q=0.5`, '*/*', 'application/*', '']) {
    assert.equal(await get('v1', accept), 200, accept);
  }
  assert.equal(await get('v1', schema1Type), 404);
  assert.equal(await get(digestOf(manifest), schema1Type), 200);
  const strict = await openOci();
  await strict.putManifest('app', 'v1', await strict.manifest('app'));
  const headers = { accept: schema1Type };
  assert.equal((await strict.send('GET', '/v2/app/manifests/v1', { headers })).status, 200);
});

test('unknown and malformed references', async () => {
  const oci = await openOci();
  const cases = [
    ['GET', '/v2/app/manifests/absent', 404, 'MANIFEST_UNKNOWN'],
    ['GET', `/v2/app/manifests/${absent}`, 404, 'MANIFEST_UNKNOWN'],
    ['GET', '/v2/app/manifests/sha256:short', 400, 'DIGEST_INVALID'],
    ['DELETE', '/v2/app/manifests/md5:0123', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/app/manifests/-bad', 404, 'MANIFEST_UNKNOWN'],
    ['PUT', '/v2/app/manifests/-bad', 400, 'MANIFEST_INVALID'],
    ['GET', '/v2/none/manifests/v1', 404, 'NAME_UNKNOWN'],
  ] as const;
  for (const [method, path, status, code] of cases) {
    const answer = await oci.send(method, path);
    assert.deepEqual([answer.status, answer.error?.code], [status, code], `${method} ${path}`);
  }
});

test('each request needs its own action on its own repository', async () => {
  const oci = await openOci();
  const arn = `arn:aws:ecr:${home.region}:${home.accountId}:repository/app`;
  for (const [method, action] of Object.entries({ GET: 'BatchGetImage', HEAD: 'BatchGetImage', PUT: 'PutImage' })) {
    const { needs, eventName } = await oci.send(method, '/v2/app/manifests/v1');
    assert.deepEqual(needs, [{ action: `ecr:${action}`, resource: arn }], method);
    assert.equal(eventName, action);
  }
});
