// Resource tags: set by key, removed by key, listed; the ARN must be one of this region.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEcr } from './testing/house.ts';

const resourceArn = 'arn:aws:ecr:us-east-1:123456789012:repository/app';
const tag = (Key: string, Value = '') => ({ Key, Value });

async function withRepository() {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName: 'app' });
  return ecr;
}

test('tags are set by key, keys are case-sensitive, unknown keys ignored when removed', async () => {
  const ecr = await withRepository();
  assert.deepEqual(await ecr.call('ListTagsForResource', { resourceArn }), { tags: [] });
  assert.deepEqual(await ecr.call('TagResource', { resourceArn, tags: [tag('a', '1'), tag('A', '2')] }), {});
  await ecr.call('TagResource', { resourceArn, tags: [tag('a', '3')] });
  assert.deepEqual(await ecr.call('UntagResource', { resourceArn, tagKeys: ['A', 'none'] }), {});
  assert.deepEqual(await ecr.call('ListTagsForResource', { resourceArn }), { tags: [tag('a', '3')] });
});

test('fifty is the limit for old and new tags together', async () => {
  const ecr = await withRepository();
  const many = Array.from({ length: 50 }, (_, index) => tag(`k${index}`));
  await ecr.call('TagResource', { resourceArn, tags: many });
  await ecr.call('TagResource', { resourceArn, tags: [tag('k0', 'again')] });
  await ecr.refuses('TagResource', { resourceArn, tags: [tag('one-more')] }, { code: 'TooManyTagsException' });
  await ecr.refuses('TagResource', { resourceArn, tags: [tag('aws:x')] }, { code: 'InvalidTagParameterException' });
});

test('bad tags are refused at creation and later, and nothing changes', async () => {
  const ecr = await withRepository();
  const code = 'InvalidTagParameterException';
  for (const bad of [tag(''), tag('aws:x'), tag('AWS:x'), tag('k'.repeat(129)), tag('k', 'v'.repeat(257))]) {
    await ecr.refuses('TagResource', { resourceArn, tags: [tag('good'), bad] }, { code });
    await ecr.refuses('CreateRepository', { repositoryName: 'other', tags: [bad] }, { code });
  }
  await ecr.refuses('TagResource', { resourceArn, tags: [tag('a', '1'), tag('a', '2')] }, { code });
  await ecr.refuses('UntagResource', { resourceArn, tagKeys: ['aws:x'] }, { code });
  assert.deepEqual(await ecr.call('ListTagsForResource', { resourceArn }), { tags: [] });
  const many = Array.from({ length: 51 }, (_, index) => tag(`k${index}`));
  await ecr.refuses('CreateRepository', { repositoryName: 'other', tags: many }, { code: 'TooManyTagsException' });
});

test('an unknown repository, another region and a malformed ARN', async () => {
  const ecr = await withRepository();
  const elsewhere = resourceArn.replace('us-east-1', 'eu-west-1');
  const message = "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'";
  for (const arn of [elsewhere, 'app']) {
    await ecr.refuses('ListTagsForResource', { resourceArn: arn }, { code: 'InvalidParameterException', message });
  }
  const unknown = { resourceArn: `${resourceArn}x` };
  const code = 'RepositoryNotFoundException';
  await ecr.refuses('ListTagsForResource', unknown, { code });
  await ecr.refuses('TagResource', { ...unknown, tags: [tag('a')] }, { code });
  await ecr.refuses('UntagResource', { ...unknown, tagKeys: ['a'] }, { code });
});

test('what is asked for is what the policies see', async () => {
  const ecr = await openEcr();
  assert.deepEqual(ecr.needs('TagResource', { resourceArn, tags: [tag('team', 'blue')] }), [
    {
      action: 'ecr:TagResource',
      resource: resourceArn,
      context: { 'aws:RequestTag/team': 'blue', 'aws:TagKeys': ['team'] },
    },
  ]);
  assert.deepEqual(ecr.needs('UntagResource', { resourceArn, tagKeys: ['team'] }), [
    { action: 'ecr:UntagResource', resource: resourceArn, context: { 'aws:TagKeys': ['team'] } },
  ]);
});
