// Listings of the OCI door: pages, filters, and nothing in them that the caller may not see.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '#core/limits.ts';
import type { Need } from '#core/need.ts';
import { home } from '#registry/testing/test-images.ts';
import { digestOf, imageType, type Oci, openOci } from './testing/house.ts';

interface Page {
  readonly names: readonly string[];
  readonly link: string | undefined;
}

async function page(oci: Oci, path: string, member: string, may?: (need: Need) => boolean): Promise<Page> {
  const { status, body, headers, error } = await oci.send('GET', path, may === undefined ? {} : { may });
  assert.equal(status, 200, error?.message ?? path);
  const names = (JSON.parse(body.toString()) as Record<string, string[]>)[member] ?? [];
  const link = headers.link === undefined ? undefined : String(headers.link);
  return { names, link: link?.replace(/^<(.*)>; rel="next"$/, '$1') };
}

/** Follows the links; each page's names. */
async function pages(oci: Oci, path: string, member: string, may?: (need: Need) => boolean): Promise<string[][]> {
  const all: string[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { names, link } = await page(oci, next, member, may);
    all.push([...names]);
    next = link;
  }
  return all;
}

const named = (need: Need) => need.resource.split('repository/')[1] ?? '';

test('the catalog names what the caller may describe, whatever the page size', async () => {
  for (const mode of ['strict', 'ecr'] as const) {
    const oci = await openOci(mode, ['open/a', 'open/b', 'secret/x', 'secret/y', 'zone/c']);
    const may = (need: Need) => !named(need).startsWith('secret/');
    assert.deepEqual(await pages(oci, '/v2/_catalog', 'repositories', may), [['open/a', 'open/b', 'zone/c']]);
    const small = await pages(oci, '/v2/_catalog?n=1', 'repositories', may);
    assert.deepEqual(small.flat(), ['open/a', 'open/b', 'zone/c']);
    assert.ok(small.every((names) => names.length <= 1));
    assert.deepEqual((await pages(oci, '/v2/_catalog', 'repositories', () => false)).flat(), []);
  }
});

test('one catalog request looks at a bounded number of repositories, and its link betrays none of them', async () => {
  const count = limits.catalogScanMax + 5;
  const oci = await openOci('strict', []);
  for (let index = 0; index < count; index += 1) {
    await oci.registry.repositories.create(home, { name: `secret/${String(index).padStart(6, '0')}` });
  }
  await oci.registry.repositories.create(home, { name: 'zone/seen' });
  let asked = 0;
  const may = (need: Need) => {
    asked += 1;
    return named(need) === 'zone/seen';
  };
  const first = await page(oci, '/v2/_catalog?n=1', 'repositories', may);
  assert.deepEqual(first.names, []);
  assert.equal(asked, limits.catalogScanMax);
  assert.ok(first.link !== undefined);
  const shown = decodeURIComponent(first.link);
  const token = new URL(first.link, 'http://localhost').searchParams.get('last') ?? '';
  for (const text of [shown, Buffer.from(token.slice(1), 'base64url').toString('latin1')]) {
    assert.ok(!text.includes('secret'), text);
  }
  assert.deepEqual((await page(oci, first.link, 'repositories', may)).names, ['zone/seen']);
  const forged = await oci.send('GET', '/v2/_catalog?last=~c2VjcmV0');
  assert.deepEqual([forged.status, forged.error?.code], [400, 'UNSUPPORTED']);
});

test('tags: ASCII order, n and last, none for n=0; ECR pages by opaque tokens', async () => {
  const tags = ['B', '_x', 'a', 'a.1', 'b'];
  for (const mode of ['strict', 'ecr'] as const) {
    const oci = await openOci(mode);
    const manifest = await oci.manifest('app');
    for (const tag of tags.toReversed()) await oci.putManifest('app', tag, manifest);
    for (const n of [1, 2, 3, 5, 1000]) {
      assert.deepEqual((await pages(oci, `/v2/app/tags/list?n=${n}`, 'tags')).flat(), tags, `${mode} ${n}`);
    }
    assert.equal((await page(oci, '/v2/app/tags/list?n=5', 'tags')).link, undefined, 'the last page has no link');
    const { headers } = await oci.send('GET', '/v2/app/tags/list');
    assert.match(String(headers['content-type']), mode === 'ecr' ? /^text\/plain/ : /^application\/json/);
  }
  const strict = await openOci();
  await strict.putManifest('app', 'b', await strict.manifest('app'));
  assert.deepEqual((await page(strict, '/v2/app/tags/list?last=a', 'tags')).names, ['b']);
  assert.deepEqual(await page(strict, '/v2/app/tags/list?n=0', 'tags'), { names: [], link: undefined });
  assert.equal((await strict.send('GET', '/v2/app/tags/list?n=99999')).status, 200);
});

test('ECR refuses page sizes and tokens that it did not give', async () => {
  const oci = await openOci('ecr');
  const less = "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value";
  const cases = [
    ['n=1001', `${less} less than or equal to 1000'`],
    ['n=0', `${less} greater than or equal to 1'`],
    ['last=v1', "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'"],
  ] as const;
  for (const path of ['/v2/app/tags/list', '/v2/_catalog']) {
    for (const [query, message] of cases) {
      const { status, error } = await oci.send('GET', `${path}?${query}`);
      assert.deepEqual([status, error?.code, error?.message], [405, 'UNSUPPORTED', message]);
    }
  }
});

test('referrers: all that name the subject, filtered, in pages; none for a digest that is unknown', async () => {
  const oci = await openOci();
  const image = await oci.manifest('app');
  await oci.putManifest('app', 'v1', image);
  const subject = { mediaType: imageType, digest: digestOf(image), size: image.length };
  const count = limits.ociReferrersPageSize + 3;
  const expected: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const more = { subject, artifactType: `application/x${index % 2}`, annotations: { index: String(index) } };
    const referrer = await oci.manifest('app', more);
    assert.equal((await oci.putManifest('app', digestOf(referrer), referrer)).status, 201);
    expected.push(digestOf(referrer));
  }
  const list = async (query: string) => {
    const found: Array<{ digest: string; artifactType: string; annotations: object }> = [];
    for (let next = `/v2/app/referrers/${subject.digest}${query}`; next !== ''; ) {
      const { status, body, headers } = await oci.send('GET', next);
      assert.equal(status, 200);
      assert.equal(headers['oci-filters-applied'], query === '' ? undefined : 'artifactType');
      found.push(...(JSON.parse(body.toString()) as { manifests: typeof found }).manifests);
      next = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1] ?? '';
    }
    return found;
  };
  const all = await list('');
  assert.deepEqual(all.map((one) => one.digest).toSorted(), expected.toSorted());
  assert.ok(all.every(({ annotations }) => 'index' in annotations));
  const odd = await list('?artifactType=application%2Fx1');
  assert.equal(odd.length, Math.floor(count / 2));
  assert.ok(odd.every(({ artifactType }) => artifactType === 'application/x1'));
  const none = await oci.send('GET', `/v2/app/referrers/sha256:${'0'.repeat(64)}`);
  assert.deepEqual((JSON.parse(none.body.toString()) as { manifests: object[] }).manifests, []);
  const bad = await oci.send('GET', '/v2/app/referrers/v1');
  assert.deepEqual([bad.status, bad.error?.code], [400, 'DIGEST_INVALID']);
  const nowhere = await oci.send('GET', `/v2/none/referrers/${subject.digest}`);
  assert.deepEqual([nowhere.status, nowhere.error?.code], [404, 'NAME_UNKNOWN']);
});

test('an index under the fallback tag is an image like any other, and what it lists shows by its subject', async () => {
  const oci = await openOci();
  const image = await oci.manifest('app');
  await oci.putManifest('app', 'v1', image);
  const subject = { mediaType: imageType, digest: digestOf(image), size: image.length };
  const note = await oci.manifest('app', { subject, artifactType: 'application/x-note' });
  await oci.putManifest('app', digestOf(note), note);
  const fallback = digestOf(image).replace(':', '-');
  const manifests = [{ mediaType: imageType, digest: digestOf(note), size: note.length }];
  const indexType = 'application/vnd.oci.image.index.v1+json';
  const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
  assert.equal((await oci.putManifest('app', fallback, index, indexType)).status, 201);
  assert.equal((await oci.send('GET', `/v2/app/manifests/${fallback}`)).body.toString(), index);
  const { body } = await oci.send('GET', `/v2/app/referrers/${subject.digest}`);
  const listed = (JSON.parse(body.toString()) as { manifests: Array<{ digest: string }> }).manifests;
  assert.deepEqual(
    listed.map(({ digest }) => digest),
    [digestOf(note)],
  );
});

test('names that are none, in every path that has one', async () => {
  const oci = await openOci();
  for (const name of ['', 'UPPER', 'a//b', '../a', 'a/', '-a', `${'a'.repeat(257)}`]) {
    for (const path of ['tags/list', 'manifests/v1', 'referrers/x', 'blobs/x', 'blobs/uploads/x']) {
      const { status, error } = await oci.send('GET', `/v2/${name}/${path}`);
      assert.deepEqual([status, error?.code], [400, 'NAME_INVALID'], `${name} ${path}`);
    }
    const { status, error } = await oci.send('POST', `/v2/${name}/blobs/uploads/`);
    assert.deepEqual([status, error?.code], [400, 'NAME_INVALID'], name);
  }
});

test('the version check needs nothing but a credential', async () => {
  const oci = await openOci();
  const { status, body, needs, headers } = await oci.send('GET', '/v2/');
  assert.deepEqual([status, body.toString(), needs.length], [200, '{}', 0]);
  assert.equal(headers['docker-distribution-api-version'], 'registry/2.0');
});
