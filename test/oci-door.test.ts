// The OCI door of a whole site: each operation's success, denial, errors and audit record, over a real socket.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand } from '@aws-sdk/client-ecr';
import { ociService } from '../src/services/oci/service.ts';
import { registryAuthorization } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { digestOf, imageManifestType, type OciClient, type PushedImage } from './support/oci-client.ts';

const empty = Buffer.alloc(0);

/** The names under which the door's operations are audited; DownloadLayer has a test file of its own. */
function eventNames(): readonly string[] {
  const operations = Object.values(ociService({ mode: 'strict' } as never).operations);
  const names = operations.flatMap((operation) =>
    typeof operation === 'string' ? [] : (operation.audit?.eventName ?? []),
  );
  return [...new Set(names)].filter((name) => name !== 'DownloadLayer');
}

describe('the OCI door', () => {
  let house: House;
  let oci: OciClient;
  let authorization: string;
  let image: PushedImage;
  const layer = randomBytes(300_000);
  const layerDigest = digestOf(layer);

  before(async () => {
    house = await openHouse();
    for (const repositoryName of ['team/app', 'team/other', 'quiet/app']) {
      await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    }
    oci = await house.administrator.oci();
    authorization = await registryAuthorization(house.administrator.options);
    image = await oci.pushImage('team/app', 'one', [layer]);
  });
  after(() => house.dispose());

  const errorOf = (body: Buffer) => {
    const { errors } = JSON.parse(body.toString()) as {
      errors: Array<{ code: string; message: string; detail?: object }>;
    };
    return errors[0] ?? { code: '', message: '' };
  };

  test('CheckVersion: 200 with a token, a challenge without', async () => {
    const good = await oci.send('GET', '/v2/');
    assert.equal(good.status, 200);
    assert.equal(good.headers['docker-distribution-api-version'], 'registry/2.0');
    for (const authorization of [undefined, 'Basic ', 'Basic QVdTOndyb25n', 'Bearer x']) {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${house.url}/v2/`, { headers });
      assert.equal(response.status, 401);
      assert.match(response.headers.get('www-authenticate') ?? '', /^Basic realm="http:\/\/127/);
      assert.equal(errorOf(Buffer.from(await response.arrayBuffer())).code, 'UNAUTHORIZED');
    }
  });

  test('GetManifest and HeadManifest: by tag, by digest, unknown, conditional', async () => {
    for (const reference of ['one', image.digest]) {
      const got = await oci.send('GET', `/v2/team/app/manifests/${reference}`);
      assert.equal(got.status, 200);
      assert.deepEqual(got.body, image.manifest);
      assert.equal(got.headers['docker-content-digest'], image.digest);
      assert.equal(got.headers['content-type'], imageManifestType);
      const head = await oci.send('HEAD', `/v2/team/app/manifests/${reference}`);
      assert.equal(head.status, 200);
      assert.equal(head.headers['content-length'], String(image.manifest.length));
      assert.equal(head.body.length, 0);
    }
    const missing = await oci.send('GET', '/v2/team/app/manifests/absent');
    assert.equal(missing.status, 404);
    assert.equal(errorOf(missing.body).code, 'MANIFEST_UNKNOWN');
    const known = await oci.send('GET', '/v2/team/app/manifests/one', undefined, {
      'if-none-match': `"${image.digest}"`,
    });
    assert.equal(known.status, 304);
    const bad = await oci.send('GET', '/v2/team/app/manifests/sha256:bad');
    assert.equal(bad.status, 400);
    assert.equal(errorOf(bad.body).code, 'DIGEST_INVALID');
  });

  test('HeadBlob and GetBlob: whole, ranges, If-Range, unsatisfiable, unknown', async () => {
    const path = `/v2/team/app/blobs/${layerDigest}`;
    const head = await oci.send('HEAD', path);
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], String(layer.length));
    assert.deepEqual((await oci.send('GET', path)).body, layer);
    const part = await oci.send('GET', path, undefined, { range: 'bytes=100-199' });
    assert.equal(part.status, 206);
    assert.equal(part.headers['content-range'], `bytes 100-199/${layer.length}`);
    assert.deepEqual(part.body, layer.subarray(100, 200));
    const other = await oci.send('GET', path, undefined, { range: 'bytes=100-199', 'if-range': '"else"' });
    assert.equal(other.status, 200);
    const beyond = await oci.send('GET', path, undefined, { range: `bytes=${layer.length}-` });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers['content-range'], `bytes */${layer.length}`);
    const unknown = await oci.send('HEAD', `/v2/team/app/blobs/${digestOf(randomBytes(9))}`);
    assert.equal(unknown.status, 404);
  });

  test('a blob of a neighbour is not visible here, whoever asks', async () => {
    assert.equal((await oci.send('HEAD', `/v2/team/other/blobs/${layerDigest}`)).status, 404);
    assert.equal((await oci.send('GET', `/v2/team/other/blobs/${layerDigest}`)).status, 404);
  });

  test('StartUpload mounts with and without from, where the caller may read the source', async () => {
    const mounted = await oci.send('POST', `/v2/team/other/blobs/uploads/?mount=${layerDigest}&from=team/app`, empty);
    assert.equal(mounted.status, 201);
    assert.equal((await oci.send('HEAD', `/v2/team/other/blobs/${layerDigest}`)).status, 200);
    const anywhere = await oci.send('POST', `/v2/quiet/app/blobs/uploads/?mount=${layerDigest}`, empty);
    assert.equal(anywhere.status, 201);
    const nowhere = await oci.send('POST', `/v2/quiet/app/blobs/uploads/?mount=${digestOf(randomBytes(9))}`, empty);
    assert.equal(nowhere.status, 202);
    const statements = [
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      { Effect: 'Allow', Action: 'ecr:InitiateLayerUpload', Resource: 'arn:aws:ecr:*:*:repository/mine/*' },
    ];
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'mine/app' }));
    const stranger = await (await house.user('mounter', [], statements)).oci();
    for (const from of ['&from=team/app', '']) {
      const answer = await stranger.send('POST', `/v2/mine/app/blobs/uploads/?mount=${layerDigest}${from}`, empty);
      assert.equal(answer.status, 202, 'a source that may not be read is as if it were not there');
    }
  });

  test('AppendUpload, GetUpload, CompleteUpload: chunks in order, the place to go on, the digest', async () => {
    const bytes = randomBytes(3000);
    const started = await oci.send('POST', '/v2/team/app/blobs/uploads/', empty);
    assert.equal(started.status, 202);
    const location = started.headers.location ?? '';
    assert.match(location, /^\/v2\/team\/app\/blobs\/uploads\/[0-9a-f-]{36}$/);
    const chunk = (first: number, last: number) =>
      oci.send('PATCH', location, bytes.subarray(first, last + 1), { 'content-range': `${first}-${last}` });
    assert.equal((await chunk(0, 999)).headers.range, '0-999');
    const wrong = await chunk(2000, 2999);
    assert.equal(wrong.status, 416);
    assert.equal(wrong.headers.range, '0-999');
    assert.equal(wrong.headers.location, location);
    const status = await oci.send('GET', location);
    assert.deepEqual([status.status, status.headers.range], [204, '0-999']);
    assert.equal((await chunk(1000, 1999)).status, 202);
    const closed = await oci.send('PUT', `${location}?digest=${digestOf(bytes)}`, bytes.subarray(2000));
    assert.equal(closed.status, 201);
    assert.equal(closed.headers['docker-content-digest'], digestOf(bytes));
    assert.deepEqual((await oci.send('GET', `/v2/team/app/blobs/${digestOf(bytes)}`)).body, bytes);
    assert.equal((await oci.send('GET', location)).status, 404, 'a completed upload is gone');
  });

  test('a wrong digest leaves nothing, and a length that contradicts is refused', async () => {
    const wanted = digestOf(randomBytes(9));
    const whole = await oci.send('POST', `/v2/team/app/blobs/uploads/?digest=${wanted}`, Buffer.from('other'));
    assert.equal(whole.status, 400);
    assert.equal(errorOf(whole.body).code, 'DIGEST_INVALID');
    assert.equal((await oci.send('HEAD', `/v2/team/app/blobs/${wanted}`)).status, 404);
    const started = await oci.send('POST', '/v2/team/app/blobs/uploads/', empty);
    const range = { 'content-range': '0-99' };
    const short = await oci.send('PATCH', started.headers.location ?? '', Buffer.alloc(50), range);
    assert.deepEqual([short.status, errorOf(short.body).code], [400, 'SIZE_INVALID']);
  });

  test('CancelUpload: 204, then the upload is unknown', async () => {
    const { headers } = await oci.send('POST', '/v2/team/app/blobs/uploads/', empty);
    const location = headers.location ?? '';
    assert.equal((await oci.send('DELETE', location)).status, 204);
    assert.equal((await oci.send('DELETE', location)).status, 404);
    const unknown = await oci.send('GET', `/v2/team/app/blobs/uploads/${randomUUID()}`);
    assert.deepEqual([unknown.status, unknown.body.length > 0], [404, true]);
  });

  test('PutManifest: missing layers are named, tags by parameter, subjects announced', async () => {
    const absent = digestOf(randomBytes(9));
    const parsed = JSON.parse(image.manifest.toString()) as { layers: Array<{ digest: string }> };
    const broken = { ...parsed, layers: [{ ...parsed.layers[0], digest: absent }] };
    const type = { 'content-type': imageManifestType };
    const put = (reference: string, body: object | Buffer) =>
      oci.send(
        'PUT',
        `/v2/team/app/manifests/${reference}`,
        Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
        type,
      );
    const refused = await put('broken', broken);
    assert.equal(refused.status, 404);
    assert.deepEqual(errorOf(refused.body).detail, { digests: [absent] });
    assert.equal(errorOf(refused.body).code, 'MANIFEST_BLOB_UNKNOWN');
    const tagged = await put(`${image.digest}?tag=two&tag=three`, image.manifest);
    assert.deepEqual([tagged.status, tagged.headers['oci-tag']], [201, 'two, three']);
    const many = Array.from({ length: 51 }, (_, index) => `tag=t${index}`).join('&');
    assert.equal((await put(`${image.digest}?${many}`, image.manifest)).status, 414);
    const subject = { mediaType: imageManifestType, digest: image.digest, size: image.manifest.length };
    const referrer = await put('note', { ...parsed, subject, artifactType: 'application/vnd.example.note' });
    assert.deepEqual([referrer.status, referrer.headers['oci-subject']], [201, image.digest]);
    for (const body of [Buffer.from('no json'), Buffer.alloc(5_000_000, 'x'), { schemaVersion: 2, layers: 'none' }]) {
      const answer = await put('bad', body);
      assert.ok([400, 413].includes(answer.status), `${answer.status}`);
      assert.match(errorOf(answer.body).code, /MANIFEST_INVALID|SIZE_INVALID/);
    }
  });

  test('ListReferrers: filtered and not, and nothing for an unknown digest', async () => {
    const list = async (query: string) => {
      const answer = await oci.send('GET', `/v2/team/app/referrers/${image.digest}${query}`);
      assert.equal(answer.status, 200);
      const { manifests } = JSON.parse(answer.body.toString()) as { manifests: Array<{ artifactType: string }> };
      return { types: manifests.map((one) => one.artifactType), filters: answer.headers['oci-filters-applied'] };
    };
    assert.deepEqual(await list(''), { types: ['application/vnd.example.note'], filters: undefined });
    assert.deepEqual(await list('?artifactType=other%2Ftype'), { types: [], filters: 'artifactType' });
    const unknown = await oci.send('GET', `/v2/team/app/referrers/${digestOf(randomBytes(9))}`);
    assert.equal(unknown.status, 200);
  });

  test('ListTags: pages by n and last, and n=0', async () => {
    const page = async (query: string) => {
      const answer = await oci.send('GET', `/v2/team/app/tags/list${query}`);
      assert.equal(answer.status, 200, answer.body.toString());
      return { tags: (JSON.parse(answer.body.toString()) as { tags: string[] }).tags, link: answer.headers.link };
    };
    const all = await page('');
    assert.deepEqual(all.tags, ['note', 'one', 'three', 'two']);
    const first = await page('?n=3');
    assert.deepEqual(first.tags, ['note', 'one', 'three']);
    assert.match(String(first.link), /<\/v2\/team\/app\/tags\/list\?last=three&n=3>; rel="next"/);
    assert.deepEqual(await page('?n=3&last=three'), { tags: ['two'], link: undefined });
    assert.deepEqual(await page('?n=0'), { tags: [], link: undefined });
    assert.equal((await oci.send('GET', '/v2/team/app/tags/list?n=x')).status, 400);
  });

  test('ListCatalog shows only what the caller may describe, in pages', async () => {
    const names = async (client: OciClient, query = '') => {
      const answer = await client.send('GET', `/v2/_catalog${query}`);
      assert.equal(answer.status, 200);
      return (JSON.parse(answer.body.toString()) as { repositories: string[] }).repositories;
    };
    assert.deepEqual(await names(oci), ['mine/app', 'quiet/app', 'team/app', 'team/other']);
    assert.deepEqual(await names(oci, '?n=2&last=quiet/app'), ['team/app', 'team/other']);
    const statements = [
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      { Effect: 'Allow', Action: 'ecr:DescribeRepositories', Resource: 'arn:aws:ecr:*:*:repository/team/*' },
    ];
    const member = await house.user('member', [], statements);
    assert.deepEqual(await names(await member.oci()), ['team/app', 'team/other']);
  });

  test('DeleteManifest by tag and digest; DeleteBlob refuses while an image needs it', async () => {
    const temporary = await oci.pushImage('quiet/app', 'gone', [layer]);
    assert.equal((await oci.send('DELETE', `/v2/quiet/app/blobs/${layerDigest}`)).status, 405);
    assert.equal((await oci.send('DELETE', '/v2/quiet/app/manifests/gone')).status, 202);
    assert.equal((await oci.send('GET', '/v2/quiet/app/manifests/gone')).status, 404);
    assert.equal((await oci.send('GET', `/v2/quiet/app/manifests/${temporary.digest}`)).status, 200);
    assert.equal((await oci.send('DELETE', `/v2/quiet/app/manifests/${temporary.digest}`)).status, 202);
    assert.equal((await oci.send('GET', `/v2/quiet/app/manifests/${temporary.digest}`)).status, 404);
    assert.equal((await oci.send('DELETE', `/v2/quiet/app/blobs/${layerDigest}`)).status, 202);
    assert.equal((await oci.send('HEAD', `/v2/quiet/app/blobs/${layerDigest}`)).status, 404);
    assert.equal((await oci.send('DELETE', `/v2/quiet/app/blobs/${layerDigest}`)).status, 404);
  });

  test('unknown repositories, wrong names, wrong methods, other paths', async () => {
    const cases = [
      ['GET', '/v2/no/such/tags/list', 404, 'NAME_UNKNOWN'],
      ['GET', '/v2/UPPER/tags/list', 400, 'NAME_INVALID'],
      ['GET', '/v2/a..b/manifests/x', 400, 'NAME_INVALID'],
      ['POST', '/v2/team/app/manifests/one', 405, 'UNSUPPORTED'],
      ['GET', '/v2/team/app/unknown', 404, 'UNSUPPORTED'],
    ] as const;
    for (const [method, path, status, code] of cases) {
      const answer = await oci.send(method, path, method === 'POST' ? empty : undefined);
      assert.deepEqual([answer.status, errorOf(answer.body).code], [status, code], path);
    }
  });

  test('every operation is refused without its permission, and the refusal is on record', async () => {
    const token = [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }];
    const nobody: HouseUser = await house.user('nobody', [], token);
    const client = await nobody.oci();
    const upload = `/v2/team/app/blobs/uploads/${randomUUID()}`;
    const calls = [
      ['GET', '/v2/team/app/manifests/one', 'ecr:BatchGetImage'],
      ['PUT', '/v2/team/app/manifests/one', 'ecr:PutImage'],
      ['DELETE', '/v2/team/app/manifests/one', 'ecr:BatchDeleteImage'],
      ['GET', '/v2/team/app/tags/list', 'ecr:ListImages'],
      ['GET', `/v2/team/app/referrers/${image.digest}`, 'ecr:BatchGetImage'],
      ['GET', `/v2/team/app/blobs/${layerDigest}`, 'ecr:GetDownloadUrlForLayer'],
      ['DELETE', `/v2/team/app/blobs/${layerDigest}`, 'ecr:BatchDeleteImage'],
      ['POST', '/v2/team/app/blobs/uploads/', 'ecr:InitiateLayerUpload'],
      ['GET', upload, 'ecr:UploadLayerPart'],
      ['PATCH', upload, 'ecr:UploadLayerPart'],
      ['PUT', `${upload}?digest=${layerDigest}`, 'ecr:UploadLayerPart'],
      ['DELETE', upload, 'ecr:UploadLayerPart'],
      ['GET', '/v2/no/such/tags/list', 'ecr:ListImages'],
    ] as const;
    for (const [method, path, action] of calls) {
      const answer = await client.send(method, path, method === 'GET' || method === 'DELETE' ? undefined : empty);
      assert.equal(answer.status, 403, `${method} ${path}`);
      const { code, message } = errorOf(answer.body);
      assert.equal(code, 'DENIED');
      assert.match(
        message,
        new RegExp(`user/nobody is not authorized to perform: ${action} on resource: arn:aws:ecr:`),
      );
    }
    assert.equal((await client.send('HEAD', `/v2/team/app/blobs/${layerDigest}`)).status, 403);
    assert.equal((await client.send('HEAD', '/v2/team/app/manifests/one')).status, 403);
    const records = await house.auditRecords();
    const denied = records.filter(
      ({ errorCode, userIdentity }) => errorCode === 'AccessDenied' && userIdentity.userName === 'nobody',
    );
    assert.equal(denied.length, calls.length + 2);
    const refused = new Set(denied.map(({ eventName }) => eventName));
    for (const name of eventNames()) {
      // Whoever has a credential may ask for the version, and for a catalog of what it may see: of nothing, here.
      const needsNothing = name === 'CheckVersion' || name === 'DescribeRepositories';
      assert.equal(refused.has(name), !needsNothing, name);
    }
    assert.equal((await client.send('GET', '/v2/_catalog')).body.toString(), '{"repositories":[]}');
    assert.ok(denied.every(({ resources = [], requestID }) => resources.length > 0 && requestID.length === 36));
  });

  test('what succeeded is on record under ECR names, without bodies', async () => {
    const records = await house.auditRecords();
    const done = new Set(records.filter(({ errorCode }) => errorCode === undefined).map(({ eventName }) => eventName));
    for (const name of eventNames()) assert.ok(done.has(name), `${name} succeeded and is on record`);
    const secrets = [authorization, layer.toString('base64').slice(0, 40), image.manifest.toString().slice(0, 40)];
    const written = JSON.stringify(records);
    for (const secret of secrets) assert.ok(!written.includes(secret), 'no credential and no body is on record');
    assert.ok(records.every(({ sourceIPAddress }) => sourceIPAddress === '127.0.0.1'));
    assert.deepEqual(house.log, [], 'nothing of this was a fault of ours');
  });
});
