// Every documented bound of a member, in the words that ECR uses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '#core/errors.ts';
import { checkInput } from './constraints.ts';

const kindOf = (operation: string, input: unknown): string | undefined => refusal(operation, input)?.kind;
const messageOf = (operation: string, input: unknown): string | undefined => refusal(operation, input)?.message;

function refusal(operation: string, input: unknown): DomainError | undefined {
  try {
    checkInput(operation, input);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof DomainError);
    return error;
  }
}

const at = (member: string, text: string) => `Invalid parameter at '${member}' failed to satisfy constraint: '${text}'`;
const nameRule = "must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'";

test('repository names', () => {
  for (const repositoryName of ['ab', 'team/app', 'a__b', 'a--b.c_d/e', 'x'.repeat(256)]) {
    assert.equal(kindOf('CreateRepository', { repositoryName }), undefined, repositoryName);
  }
  for (const repositoryName of ['Ab', 'a/', '/a', 'a//b', 'a..b', 'ab*', 'a b', '../etc']) {
    assert.equal(messageOf('CreateRepository', { repositoryName }), at('repositoryName', nameRule), repositoryName);
  }
  const long = { repositoryName: 'x'.repeat(257) };
  assert.equal(
    messageOf('ListImages', long),
    at('repositoryName', 'Member must have length less than or equal to 256'),
  );
});

test('registry ids are twelve digits, in lists too', () => {
  const input = { repositoryName: 'ab', registryId: '12345678901a' };
  assert.equal(messageOf('DeleteRepository', input), at('registryId', "must satisfy regular expression '[0-9]{12}'"));
  assert.equal(kindOf('GetAuthorizationToken', { registryIds: ['123456789012'] }), undefined);
  assert.equal(kindOf('GetAuthorizationToken', { registryIds: [] }), 'invalid-parameter');
  assert.equal(kindOf('GetAuthorizationToken', { registryIds: ['1'] }), 'invalid-parameter');
});

test('page sizes', () => {
  const over = at('maxResults', 'Member must have value less than or equal to 1000');
  assert.equal(messageOf('ListImages', { repositoryName: 'ab', maxResults: 1001 }), over);
  assert.equal(messageOf('DescribeRepositories', { maxResults: 1001 }), over);
  assert.equal(kindOf('DescribeImages', { repositoryName: 'ab', maxResults: 0 }), 'invalid-parameter');
  const referrers = { repositoryName: 'ab', subjectId: { imageDigest: `sha256:${'0'.repeat(64)}` } };
  assert.equal(kindOf('ListImageReferrers', { ...referrers, maxResults: 50 }), undefined);
  assert.equal(kindOf('ListImageReferrers', { ...referrers, maxResults: 51 }), 'invalid-parameter');
});

test('batches hold 1 to 100', () => {
  const many = (count: number) => Array.from({ length: count }, () => ({ imageTag: 'a' }));
  for (const operation of ['BatchGetImage', 'BatchDeleteImage', 'DescribeImages']) {
    assert.equal(kindOf(operation, { repositoryName: 'ab', imageIds: many(100) }), undefined);
    assert.equal(kindOf(operation, { repositoryName: 'ab', imageIds: many(101) }), 'invalid-parameter');
    assert.equal(kindOf(operation, { repositoryName: 'ab', imageIds: [] }), 'invalid-parameter');
  }
});

test('modes, filters, uploads and tags of images', () => {
  const filters = (filter: string, count = 1) =>
    Array.from({ length: count }, () => ({ filterType: 'WILDCARD', filter }));
  const mutability = (imageTagMutability: string, imageTagMutabilityExclusionFilters?: unknown) =>
    kindOf('PutImageTagMutability', { repositoryName: 'ab', imageTagMutability, imageTagMutabilityExclusionFilters });
  assert.equal(mutability('IMMUTABLE_WITH_EXCLUSION', filters('v*', 5)), undefined);
  assert.equal(mutability('IMMUTABLE_WITH_EXCLUSION', filters('v*', 6)), 'invalid-parameter');
  assert.equal(mutability('IMMUTABLE_WITH_EXCLUSION', filters('v[')), 'invalid-parameter');
  assert.equal(mutability('mutable'), 'invalid-parameter');
  const part = {
    repositoryName: 'ab',
    uploadId: 'x',
    partFirstByte: -1,
    partLastByte: 0,
    layerPartBlob: Buffer.alloc(1),
  };
  assert.equal(kindOf('UploadLayerPart', part), 'invalid-parameter');
  assert.equal(kindOf('PutImage', { repositoryName: 'ab', imageManifest: '{}', imageTag: 'a b' }), 'invalid-parameter');
  assert.equal(kindOf('PutImage', { repositoryName: 'ab', imageManifest: '', imageTag: 'a' }), 'invalid-parameter');
});

test('resource ARNs name a repository', () => {
  const arn = 'arn:aws:ecr:us-east-1:123456789012:repository/team/app';
  assert.equal(kindOf('ListTagsForResource', { resourceArn: arn }), undefined);
  const wrong = [
    'x',
    arn.replace('ecr', 'ecs'),
    arn.replace('repository/', 'registry/'),
    arn.replace('12345', ''),
    `${arn}:x`,
    arn.replace('us-east-1', ''),
    `${arn}${'/a'.repeat(300)}`,
  ];
  for (const resourceArn of wrong) {
    assert.equal(messageOf('TagResource', { resourceArn, tags: [] }), at('resourceArn', 'Invalid ARN'), resourceArn);
  }
});
