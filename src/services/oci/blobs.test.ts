// Blobs at the OCI door: whole, in ranges, conditionally, and their deletion.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, openOci } from './testing/house.ts';

const bytes = 'the bytes of a layer';
const absent = `sha256:${'0'.repeat(64)}`;

test('HEAD and GET: the bytes, their digest and length; a range is 206', async () => {
  const oci = await openOci();
  const path = `/v2/app/blobs/${await oci.pushBlob('app', bytes)}`;
  const head = await oci.send('HEAD', path);
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, bytes.length, 0]);
  const got = await oci.send('GET', path);
  assert.deepEqual([got.status, got.body.toString()], [200, bytes]);
  assert.equal(got.headers['docker-content-digest'], digestOf(bytes));
  const ranges = [
    ['bytes=4-8', 'bytes', '4-8'],
    ['bytes=16-', 'ayer', '16-19'],
    ['bytes=-5', 'layer', '15-19'],
    ['bytes=15-999', 'layer', '15-19'],
  ] as const;
  for (const [range, part, contentRange] of ranges) {
    const { status, body, headers } = await oci.send('GET', path, { headers: { range } });
    assert.deepEqual([status, body.toString()], [206, part], range);
    assert.equal(headers['content-range'], `bytes ${contentRange}/${bytes.length}`);
    assert.equal(headers['content-length'], part.length);
  }
  for (const range of ['bytes=20-', 'bytes=-0']) {
    const { status, headers } = await oci.send('GET', path, { headers: { range } });
    assert.deepEqual([status, headers['content-range']], [416, `bytes */${bytes.length}`], range);
  }
});

test('conditions: If-None-Match in every form, If-Range with another validator is the whole blob', async () => {
  const oci = await openOci();
  const digest = await oci.pushBlob('app', bytes);
  const status = async (headers: Record<string, string>) =>
    (await oci.send('GET', `/v2/app/blobs/${digest}`, { headers })).status;
  for (const value of [`"${digest}"`, `W/"${digest}"`, `"x", "${digest}"`, '*']) {
    assert.equal(await status({ 'if-none-match': value }), 304, value);
  }
  assert.equal(await status({ 'if-none-match': '"x"' }), 200);
  assert.equal(await status({ range: 'bytes=0-1', 'if-range': `"${digest}"` }), 206);
  assert.equal(await status({ range: 'bytes=0-1', 'if-range': '"x"' }), 200);
});

test('blobs of no bytes and of sha512', async () => {
  const oci = await openOci();
  const empty = await oci.pushBlob('app', '');
  const got = await oci.send('GET', `/v2/app/blobs/${empty}`);
  assert.deepEqual([got.status, got.headers['content-length'], got.body.length], [200, 0, 0]);
  assert.equal((await oci.send('GET', `/v2/app/blobs/${empty}`, { headers: { range: 'bytes=0-' } })).status, 416);
  const long = await oci.pushBlob('app', bytes, 'sha512');
  const answer = await oci.send('GET', `/v2/app/blobs/${long}`);
  assert.deepEqual([answer.status, answer.headers['docker-content-digest']], [200, long]);
  const short = await oci.send('HEAD', `/v2/app/blobs/${digestOf(bytes)}`);
  assert.equal(short.status, 404, 'a blob is known by the digest it was pushed under');
});

test('what is not there or not well formed', async () => {
  const oci = await openOci('strict', ['app', 'neighbour']);
  const digest = await oci.pushBlob('neighbour', bytes);
  for (const method of ['HEAD', 'GET', 'DELETE']) {
    for (const known of [absent, digest]) {
      const { status, error } = await oci.send(method, `/v2/app/blobs/${known}`);
      assert.deepEqual([status, error?.code], [404, 'BLOB_UNKNOWN'], method);
    }
    const bad = await oci.send(method, '/v2/app/blobs/sha256:UPPER');
    assert.deepEqual([bad.status, bad.error?.code], [400, 'DIGEST_INVALID'], method);
    const nowhere = await oci.send(method, `/v2/none/blobs/${digest}`);
    assert.deepEqual([nowhere.status, nowhere.error?.code], [404, 'NAME_UNKNOWN'], method);
  }
  const ecr = await openOci('ecr');
  const sha512 = await ecr.send('HEAD', `/v2/app/blobs/${digestOf(bytes, 'sha512')}`);
  assert.deepEqual([sha512.status, sha512.error?.code], [400, 'DIGEST_INVALID']);
});

test('deletion: at once, and never beneath an image', async () => {
  const oci = await openOci();
  await oci.putManifest('app', 'v1', await oci.manifest('app'));
  const layer = `/v2/app/blobs/${digestOf('layer')}`;
  const refused = await oci.send('DELETE', layer);
  assert.deepEqual([refused.status, refused.error?.code], [405, 'UNSUPPORTED']);
  const loose = `/v2/app/blobs/${await oci.pushBlob('app', bytes)}`;
  assert.equal((await oci.send('DELETE', loose)).status, 202);
  for (const method of ['HEAD', 'GET', 'DELETE']) assert.equal((await oci.send(method, loose)).status, 404, method);
});

test('actions and records', async () => {
  const oci = await openOci();
  const expected = [
    ['HEAD', 'BatchCheckLayerAvailability', 'ecr:BatchCheckLayerAvailability', 'layerDigests'],
    ['GET', 'GetDownloadUrlForLayer', 'ecr:GetDownloadUrlForLayer', 'layerDigest'],
    ['DELETE', 'BatchDeleteLayer', 'ecr:BatchDeleteImage', 'layerDigest'],
  ] as const;
  for (const [method, name, action, member] of expected) {
    const { needs, eventName, audited } = await oci.send(method, `/v2/app/blobs/${absent}`);
    assert.deepEqual(
      needs.map((need) => need.action),
      [action],
    );
    assert.equal(eventName, name);
    assert.equal((audited as Record<string, unknown>)[member], absent);
  }
});
