// Uploads at the OCI door: every way to send a blob, where to go on, mounts, and what is left after a refusal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Need } from '#core/need.ts';
import { home } from '#registry/testing/test-images.ts';
import { digestOf, type Oci, openOci } from './testing/house.ts';

const text = 'the bytes of a layer';
const absent = `sha256:${'0'.repeat(64)}`;

async function start(oci: Oci, query = ''): Promise<string> {
  const { status, headers } = await oci.send('POST', `/v2/app/blobs/uploads/${query}`);
  assert.equal(status, 202);
  return String(headers.location);
}

const isThere = async (oci: Oci, digest: string, repository = 'app') =>
  (await oci.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status === 200;

test('streamed, in chunks, in one request, and with the last chunk in the closing one', async () => {
  for (const mode of ['strict', 'ecr'] as const) {
    const oci = await openOci(mode);
    const received = mode === 'ecr' ? 201 : 202;
    const location = await start(oci);
    const stream = (async function* () {
      yield Buffer.from('stre');
      yield Buffer.from('amed');
    })();
    const streamed = await oci.send('PATCH', location, { body: stream });
    assert.deepEqual([streamed.status, streamed.headers.range], [received, '0-7']);
    const closed = await oci.send('PUT', `${location}?digest=${digestOf('streamed')}`);
    assert.equal(closed.status, 201);
    assert.equal(closed.headers.location, `/v2/app/blobs/${digestOf('streamed')}`);
    const chunked = await start(oci);
    // ECR wants 5 MiB of every chunk but the last.
    const one = mode === 'ecr' ? 'o'.repeat(5 * 1024 * 1024) : 'one';
    const chunk = (first: number, body: string) =>
      oci.send('PATCH', chunked, { body, headers: { 'content-range': `${first}-${first + body.length - 1}` } });
    const range = `0-${one.length - 1}`;
    assert.equal((await chunk(0, one)).headers.range, range);
    const status = await oci.send('GET', chunked);
    assert.deepEqual([status.status, status.headers.range, status.headers.location], [204, range, chunked]);
    const last = { body: 'two', headers: { 'content-range': `${one.length}-${one.length + 2}` } };
    assert.equal((await oci.send('PUT', `${chunked}?digest=${digestOf(`${one}two`)}`, last)).status, 201);
    await oci.pushBlob('app', text);
    for (const bytes of ['streamed', `${one}two`, text]) {
      const { body } = await oci.send('GET', `/v2/app/blobs/${digestOf(bytes)}`);
      assert.ok(body.equals(Buffer.from(bytes)));
    }
  }
});

test('a chunk out of order is told where to go on; a lie about its length is refused; nothing is mixed', async () => {
  const oci = await openOci();
  const location = await start(oci);
  const patch = (body: string, range: string) =>
    oci.send('PATCH', location, { body, headers: { 'content-range': range } });
  const early = await patch('xy', '2-3');
  assert.deepEqual([early.status, early.headers.location, early.headers.range], [416, location, '0-0']);
  assert.equal((await patch('one', '0-2')).status, 202);
  const cases = [
    ['one', '0-2', 416, 'BLOB_UPLOAD_INVALID'],
    ['two', '4-6', 416, 'BLOB_UPLOAD_INVALID'],
    ['two', '3-9', 400, 'SIZE_INVALID'],
    ['two', '5-3', 400, 'SIZE_INVALID'],
    ['two', 'nonsense', 400, 'SIZE_INVALID'],
  ] as const;
  for (const [body, range, status, code] of cases) {
    const answer = await patch(body, range);
    assert.deepEqual([answer.status, answer.error?.code], [status, code], range);
    if (status === 416) assert.deepEqual([answer.headers.location, answer.headers.range], [location, '0-2']);
  }
  const lie = { headers: { 'content-range': '3-9' } };
  const closing = await oci.send('PUT', `${location}?digest=${digestOf('one')}`, lie);
  assert.deepEqual([closing.status, closing.error?.code], [400, 'SIZE_INVALID'], 'the last chunk did not come');
  assert.equal((await oci.send('PUT', `${location}?digest=${digestOf('one')}`)).status, 201);
});

test('a wrong digest leaves nothing; an upload ends once', async () => {
  const oci = await openOci();
  const location = await start(oci);
  await oci.send('PATCH', location, { body: text });
  const malformed = await oci.send('PUT', `${location}?digest=sha256:x`);
  assert.deepEqual([malformed.status, malformed.error?.code], [400, 'DIGEST_INVALID']);
  assert.equal((await oci.send('PUT', location)).error?.code, 'DIGEST_INVALID', 'without a digest');
  const wrong = await oci.send('PUT', `${location}?digest=${absent}`);
  assert.deepEqual([wrong.status, wrong.error?.code], [400, 'DIGEST_INVALID']);
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    const { status, error } = await oci.send(method, location);
    assert.deepEqual([status, error?.code], [404, 'BLOB_UPLOAD_UNKNOWN'], method);
  }
  const again = await oci.send('PUT', `${location}?digest=${digestOf(text)}`);
  assert.deepEqual([again.status, again.error?.code], [404, 'BLOB_UPLOAD_UNKNOWN']);
  const whole = await oci.send('POST', `/v2/app/blobs/uploads/?digest=${absent}`, { body: text });
  assert.deepEqual([whole.status, whole.error?.code], [400, 'DIGEST_INVALID']);
  assert.ok(!(await isThere(oci, absent)) && !(await isThere(oci, digestOf(text))));
});

test('a cancelled upload is gone, and an upload is nobody else’s', async () => {
  const oci = await openOci('strict', ['app', 'other']);
  const location = await start(oci);
  const elsewhere = location.replace('/app/', '/other/');
  for (const method of ['GET', 'PATCH', 'DELETE']) assert.equal((await oci.send(method, elsewhere)).status, 404);
  assert.equal((await oci.send('DELETE', location)).status, 204);
  assert.equal((await oci.send('DELETE', location)).status, 404);
  assert.equal((await oci.send('GET', '/v2/app/blobs/uploads/no-uuid')).status, 404);
});

test('sha512, announced or not; other algorithms are refused; ECR knows none but sha256', async () => {
  const oci = await openOci();
  for (const query of ['?digest-algorithm=sha512', '']) {
    const location = await start(oci, query);
    await oci.send('PATCH', location, { body: query + text });
    const digest = digestOf(query + text, 'sha512');
    const closed = await oci.send('PUT', `${location}?digest=${digest}`);
    assert.deepEqual([closed.status, closed.headers['docker-content-digest']], [201, digest]);
  }
  const ecr = await openOci('ecr');
  for (const [house, algorithm] of [[oci, 'md5'] as const, [ecr, 'sha512'] as const]) {
    const { status, error } = await house.send('POST', `/v2/app/blobs/uploads/?digest-algorithm=${algorithm}`);
    assert.deepEqual([status, error?.code], [400, 'DIGEST_INVALID']);
  }
});

test('no bytes are a blob by the specification, and an upload without parts in ECR', async () => {
  const empty = digestOf('');
  const strict = await openOci();
  const location = await start(strict);
  assert.equal((await strict.send('PUT', `${location}?digest=${empty}`)).status, 201);
  assert.ok(await isThere(strict, empty));
  const ecr = await openOci('ecr');
  const id = await start(ecr);
  const uploadId = id.split('/').at(-1);
  const message =
    `The upload with id '${uploadId}' in the repository with name 'app' in registry with id '${home.accountId}' ` +
    'cannot be completed because it does not have any parts';
  const refused = await ecr.send('PUT', `${id}?digest=${empty}`);
  assert.deepEqual([refused.status, refused.error], [400, { code: 'BLOB_UPLOAD_INVALID', message }]);
  const whole = await ecr.send('POST', `/v2/app/blobs/uploads/?digest=${empty}`);
  assert.deepEqual([whole.status, whole.error?.code], [400, 'BLOB_UPLOAD_INVALID']);
  assert.ok(!(await isThere(ecr, empty)));
});

test('ECR wants 5 MiB of every chunk but the last, and says so at the start', async () => {
  const minBytes = 5 * 1024 * 1024;
  const chunks = async (oci: Oci, sizes: readonly number[]) => {
    const pieces = sizes.map((size, index) => Buffer.alloc(size, index));
    const location = await start(oci);
    for (const body of pieces) await oci.send('PATCH', location, { body });
    return oci.send('PUT', `${location}?digest=${digestOf(Buffer.concat(pieces))}`);
  };
  const ecr = await openOci('ecr');
  assert.equal((await chunks(ecr, [minBytes, 1])).status, 201);
  const small = await chunks(ecr, [minBytes - 1, 1]);
  assert.deepEqual([small.status, small.error?.code], [400, 'BLOB_UPLOAD_INVALID']);
  assert.equal(small.error?.message, 'All layer parts except the last part should be at least 5MB');
  assert.equal((await chunks(ecr, [minBytes, 1])).status, 201, 'a layer that is there is no refusal at this door');
  const announced = await ecr.send('POST', '/v2/app/blobs/uploads/');
  assert.equal(announced.headers['oci-chunk-min-length'], minBytes);
  const strict = await openOci();
  assert.equal((await chunks(strict, [3, 1])).status, 201);
  assert.equal((await strict.send('POST', '/v2/app/blobs/uploads/')).headers['oci-chunk-min-length'], undefined);
});

test('a blob in one request begins at its first byte', async () => {
  const oci = await openOci();
  const path = `/v2/app/blobs/uploads/?digest=${digestOf(text)}`;
  const send = (first: number) => {
    const range = `${first}-${first + text.length - 1}`;
    return oci.send('POST', path, { body: text, headers: { 'content-range': range } });
  };
  const late = await send(5);
  assert.deepEqual([late.status, late.error?.code], [400, 'SIZE_INVALID']);
  assert.ok(!(await isThere(oci, digestOf(text))));
  assert.equal((await send(0)).status, 201);
});

const mayRead =
  (...names: readonly string[]) =>
  (need: Need) =>
    need.action === 'ecr:GetDownloadUrlForLayer' && names.some((name) => need.resource.endsWith(`repository/${name}`));

test('a mount is 201 whenever the blob is there and may be read there, and a new upload otherwise', async () => {
  const mount = async (query: string, may: (need: Need) => boolean, prepare?: (oci: Oci) => Promise<unknown>) => {
    const oci = await openOci('strict', ['app', 'source', 'hidden']);
    await oci.pushBlob('source', text);
    await oci.pushBlob('hidden', text);
    await prepare?.(oci);
    const { status, headers } = await oci.send('POST', `/v2/app/blobs/uploads/?mount=${digestOf(text)}${query}`, {
      may,
    });
    const location = status === 201 ? `/v2/app/blobs/${digestOf(text)}` : /^\/v2\/app\/blobs\/uploads\/[0-9a-f-]{36}$/;
    assert.match(String(headers.location), typeof location === 'string' ? new RegExp(`^${location}$`) : location);
    assert.equal(await isThere(oci, digestOf(text)), status === 201 || prepare !== undefined);
    return status;
  };
  assert.equal(await mount('&from=source', mayRead('source')), 201);
  assert.equal(await mount('', mayRead('source')), 201);
  assert.equal(await mount('&from=hidden', mayRead('source')), 202);
  assert.equal(await mount('&from=none', () => true), 202);
  assert.equal(await mount('&from=../source', () => true), 202);
  assert.equal(await mount('', () => false), 202);
  const here = (oci: Oci) => oci.pushBlob('app', text);
  assert.equal(await mount('&from=hidden', mayRead('app'), here), 201, 'it is here already');
  assert.equal(await mount('&from=hidden', () => false, here), 202, 'who may not look here is not told');
});

test('a mount finds the one source that may be read among hundreds that may not', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `closed/${String(index).padStart(4, '0')}`);
  const oci = await openOci('strict', ['app', 'open', ...names]);
  for (const name of [...names, 'open']) await oci.pushBlob(name, text);
  const path = `/v2/app/blobs/uploads/?mount=${digestOf(text)}`;
  assert.equal((await oci.send('POST', path, { may: mayRead('open') })).status, 201);
});

test('ECR mounts nothing unless its account setting says so', async () => {
  const oci = await openOci('ecr', ['app', 'source']);
  await oci.pushBlob('source', text);
  assert.equal((await oci.send('POST', `/v2/app/blobs/uploads/?mount=${digestOf(text)}&from=source`)).status, 202);
});

test('actions and records: what an upload is for is on record', async () => {
  const oci = await openOci('strict', ['app', 'source']);
  const named = { registryId: home.accountId, repositoryName: 'app' };
  const actions = (needs: readonly Need[]) => needs.map(({ action }) => action.replace('ecr:', ''));
  const plain = await oci.send('POST', '/v2/app/blobs/uploads/');
  assert.deepEqual([actions(plain.needs), plain.audited], [['InitiateLayerUpload'], named]);
  const mounted = await oci.send('POST', `/v2/app/blobs/uploads/?mount=${absent}&from=source`);
  assert.deepEqual(mounted.audited, { ...named, layerDigest: absent, mountFrom: 'source' });
  const whole = await oci.send('POST', `/v2/app/blobs/uploads/?digest=${digestOf(text)}`, { body: text });
  assert.deepEqual(actions(whole.needs), ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload']);
  assert.deepEqual(whole.audited, { ...named, layerDigest: digestOf(text) });
  const location = await start(oci);
  const uploadId = location.split('/').at(-1);
  const closed = await oci.send('PUT', `${location}?digest=${digestOf('')}`);
  assert.deepEqual(actions(closed.needs), ['UploadLayerPart', 'CompleteLayerUpload']);
  assert.deepEqual(closed.audited, { ...named, uploadId, layerDigest: digestOf('') });
});
