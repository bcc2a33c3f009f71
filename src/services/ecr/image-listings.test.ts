// Listings: every image once, in pages, filtered; details; referrers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Ecr, openEcr } from './testing/house.ts';

const repositoryName = 'app';
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

async function withImages(): Promise<{ ecr: Ecr; tagged: string; untagged: string }> {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName });
  const first = await ecr.pushImage(repositoryName, 'v1');
  await ecr.call('PutImage', { repositoryName, imageManifest: first.manifest, imageTag: 'v2' });
  const second = await ecr.pushImage(repositoryName, undefined, ' ');
  return { ecr, tagged: digestOf(first.manifest), untagged: digestOf(second.manifest) };
}

/** All items of a listing, page by page. */
async function allPages<Item>(
  page: (token: object) => Promise<{ items: readonly Item[]; nextToken?: string | undefined }>,
) {
  const items: Item[] = [];
  let token: { nextToken?: string } = {};
  for (;;) {
    const { items: more, nextToken } = await page(token);
    items.push(...more);
    if (nextToken === undefined) return items;
    token = { nextToken };
  }
}

test('ListImages: one entry a tag, untagged images by digest, in pages of any size', async () => {
  const { ecr, tagged, untagged } = await withImages();
  const expected = [
    { imageDigest: tagged, imageTag: 'v1' },
    { imageDigest: tagged, imageTag: 'v2' },
    { imageDigest: untagged },
  ];
  const text = (ids: readonly object[]) => ids.map((id) => JSON.stringify(id)).sort();
  for (const maxResults of [1, 2, 3, 1000]) {
    const ids = await allPages(async (token) => {
      const { imageIds = [], nextToken } = await ecr.call('ListImages', { repositoryName, maxResults, ...token });
      assert.ok(imageIds.length <= maxResults);
      return { items: imageIds, nextToken };
    });
    assert.deepEqual(text(ids), text(expected));
  }
});

test('filters by tag status and image status', async () => {
  const { ecr, tagged, untagged } = await withImages();
  const listed = async (filter: object) => {
    const { imageIds = [] } = await ecr.call('ListImages', { repositoryName, filter });
    return imageIds.map(({ imageDigest }) => imageDigest);
  };
  assert.deepEqual(await listed({ tagStatus: 'UNTAGGED' }), [untagged]);
  assert.deepEqual(await listed({ tagStatus: 'TAGGED' }), [tagged, tagged]);
  assert.deepEqual(await listed({ imageStatus: 'ARCHIVED' }), []);
  assert.equal((await listed({ imageStatus: 'ANY' })).length, 3);
  const { imageDetails = [] } = await ecr.call('DescribeImages', { repositoryName, filter: { tagStatus: 'UNTAGGED' } });
  assert.deepEqual(
    imageDetails.map(({ imageDigest, imageTags }) => [imageDigest, imageTags]),
    [[untagged, undefined]],
  );
});

test('a token is good for the same repository and filter only', async () => {
  const { ecr } = await withImages();
  const { nextToken = '' } = await ecr.call('ListImages', { repositoryName, maxResults: 1 });
  const refusal = {
    code: 'InvalidParameterException',
    message: "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'",
  };
  await ecr.refuses('ListImages', { repositoryName, nextToken, filter: { tagStatus: 'TAGGED' } }, refusal);
  await ecr.refuses('DescribeImages', { repositoryName, nextToken }, refusal);
});

test('DescribeImages: one entry an image with all its tags, sizes and times', async () => {
  const { ecr, tagged } = await withImages();
  const imageIds = [{ imageTag: 'v1' }, { imageTag: 'v2' }];
  const { imageDetails = [] } = await ecr.call('DescribeImages', { repositoryName, imageIds });
  assert.equal(imageDetails.length, 1);
  const [detail] = imageDetails;
  assert.equal(detail?.imageDigest, tagged);
  assert.deepEqual(detail?.imageTags, ['v1', 'v2']);
  assert.ok((detail?.imageSizeInBytes ?? 0) > 0);
  assert.equal(detail?.imagePushedAt?.getTime(), ecr.clock.nowMs());
  assert.equal(detail?.imageStatus, 'ACTIVE');
});

test('DescribeImages: a missing image fails the call by its id', async () => {
  const { ecr } = await withImages();
  const where = "does not exist within the repository with name 'app' in the registry with id '123456789012'";
  const missing = digestOf('none');
  await ecr.refuses(
    'DescribeImages',
    { repositoryName, imageIds: [{ imageTag: 'v1' }, { imageTag: 'none' }] },
    {
      code: 'ImageNotFoundException',
      message: `The image with imageId {imageDigest:'null', imageTag:'none'} ${where}`,
    },
  );
  await ecr.refuses(
    'DescribeImages',
    { repositoryName, imageIds: [{ imageDigest: missing }] },
    {
      code: 'ImageNotFoundException',
      message: `The image with imageId {imageDigest:'${missing}', imageTag:'null'} ${where}`,
    },
  );
  const code = 'InvalidParameterException';
  await ecr.refuses('DescribeImages', { repositoryName, imageIds: [{ imageTag: 'v1' }], maxResults: 5 }, { code });
  await ecr.refuses('DescribeImages', { repositoryName, imageIds: [{}] }, { code });
});

test('referrers: filtered by type, paged, none for an unknown subject; needs ecr:BatchGetImage', async () => {
  const { ecr, tagged } = await withImages();
  for (const artifactType of ['application/x.a', 'application/x.b', 'application/x.a']) {
    await ecr.pushReferrer(repositoryName, tagged, artifactType);
  }
  const list = (more: object) =>
    ecr.call('ListImageReferrers', { repositoryName, subjectId: { imageDigest: tagged }, ...more });
  const every = await allPages(async (token) => {
    const { referrers = [], nextToken } = await list({ maxResults: 2, ...token });
    return { items: referrers, nextToken };
  });
  assert.equal(every.length, 3);
  assert.ok(every.every(({ artifactStatus, size }) => artifactStatus === 'ACTIVE' && (size ?? 0) > 0));
  const filtered = await list({ filter: { artifactTypes: ['application/x.a'] } });
  assert.deepEqual(
    filtered.referrers?.map(({ artifactType }) => artifactType),
    ['application/x.a', 'application/x.a'],
  );
  assert.deepEqual((await list({ filter: { artifactStatus: 'ARCHIVED' } })).referrers, []);
  const unknown = await list({ subjectId: { imageDigest: digestOf('none') } });
  assert.deepEqual(unknown, { referrers: [] });
  const needs = ecr.needs('ListImageReferrers', { repositoryName, subjectId: { imageDigest: tagged } });
  assert.deepEqual(
    needs.map(({ action }) => action),
    ['ecr:BatchGetImage'],
  );
});
