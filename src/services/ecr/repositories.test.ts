// Repositories: defaults, needs, names that are taken or missing, pages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEcr } from './testing/house.ts';

const arn = 'arn:aws:ecr:us-east-1:123456789012:repository/team/app';
const repositoryName = 'team/app';

test('a repository is made with defaults and described as it was answered', async () => {
  const ecr = await openEcr();
  const { repository } = await ecr.call('CreateRepository', { repositoryName });
  assert.deepEqual(repository, {
    repositoryArn: arn,
    registryId: '123456789012',
    repositoryName,
    repositoryUri: '123456789012.dkr.ecr.us-east-1.example/team/app',
    createdAt: new Date(ecr.clock.nowMs()),
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  });
  const described = await ecr.call('DescribeRepositories', { repositoryNames: [repositoryName] });
  assert.deepEqual(described, { repositories: [repository] });
});

test('settings are kept; tags need ecr:TagResource as well', async () => {
  const ecr = await openEcr();
  const input = {
    repositoryName,
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' as const,
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD' as const, filter: 'dev-*' }],
    imageScanningConfiguration: { scanOnPush: true },
    tags: [{ Key: 'team', Value: 'blue' }],
  };
  const needs = ecr.needs('CreateRepository', input);
  const context = { 'aws:RequestTag/team': 'blue', 'aws:TagKeys': ['team'] };
  assert.deepEqual(needs, [
    { action: 'ecr:CreateRepository', resource: arn, context },
    { action: 'ecr:TagResource', resource: arn, context },
  ]);
  const { repository } = await ecr.call('CreateRepository', input);
  assert.equal(repository?.imageTagMutability, 'IMMUTABLE_WITH_EXCLUSION');
  assert.deepEqual(repository?.imageTagMutabilityExclusionFilters, input.imageTagMutabilityExclusionFilters);
  assert.equal(repository?.imageScanningConfiguration?.scanOnPush, true);
  assert.deepEqual(await ecr.call('ListTagsForResource', { resourceArn: arn }), { tags: input.tags });
});

test('a name that is taken is refused in ECR words, and nothing changes', async () => {
  const ecr = await openEcr();
  const first = await ecr.call('CreateRepository', { repositoryName });
  await ecr.refuses(
    'CreateRepository',
    { repositoryName, imageTagMutability: 'IMMUTABLE' },
    {
      code: 'RepositoryAlreadyExistsException',
      message: "The repository with name 'team/app' already exists in the registry with id '123456789012'",
    },
  );
  const { repositories } = await ecr.call('DescribeRepositories', {});
  assert.deepEqual(repositories, [first.repository]);
});

test('a key beside AES256, and filters beside MUTABLE, are refused before anything is made', async () => {
  const ecr = await openEcr();
  const encryptionConfiguration = { encryptionType: 'AES256' as const, kmsKey: 'alias/x' };
  await ecr.refuses(
    'CreateRepository',
    { repositoryName, encryptionConfiguration },
    { code: 'InvalidParameterException' },
  );
  const filters = [{ filterType: 'WILDCARD' as const, filter: 'x' }];
  const input = { repositoryName, imageTagMutabilityExclusionFilters: filters };
  await ecr.refuses('CreateRepository', input, { code: 'InvalidParameterException' });
  assert.deepEqual(await ecr.call('DescribeRepositories', {}), { repositories: [] });
});

test('one missing name fails the whole call; so does an unknown registry', async () => {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName });
  await ecr.refuses(
    'DescribeRepositories',
    { repositoryNames: [repositoryName, 'none'] },
    {
      code: 'RepositoryNotFoundException',
      message: "The repository with name 'none' does not exist in the registry with id '123456789012'",
    },
  );
  const elsewhere = { registryId: '999999999999', repositoryNames: [repositoryName] };
  await ecr.refuses('DescribeRepositories', elsewhere, { code: 'RepositoryNotFoundException' });
});

test('pages cover every repository once, in the order of names', async () => {
  const ecr = await openEcr();
  const names = ['aa', 'ab', 'b/a', 'b/b', 'cc'];
  for (const name of [...names].reverse()) await ecr.call('CreateRepository', { repositoryName: name });
  const seen: Array<string | undefined> = [];
  let nextToken: string | undefined;
  do {
    const page = await ecr.call('DescribeRepositories', nextToken ? { maxResults: 2, nextToken } : { maxResults: 2 });
    assert.ok((page.repositories?.length ?? 0) <= 2);
    seen.push(...(page.repositories ?? []).map((repository) => repository.repositoryName));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  assert.deepEqual(seen, names);
});

test('page tokens are refused beside names, when forged, and from another listing', async () => {
  const ecr = await openEcr();
  for (const name of ['aa', 'bb']) await ecr.call('CreateRepository', { repositoryName: name });
  const { nextToken = '' } = await ecr.call('DescribeRepositories', { maxResults: 1 });
  const message = "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'";
  const code = 'InvalidParameterException';
  await ecr.refuses('DescribeRepositories', { nextToken: 'AAAA' }, { code, message });
  await ecr.refuses('ListImages', { repositoryName: 'aa', nextToken }, { code, message });
  await ecr.refuses('DescribeRepositories', { repositoryNames: ['aa'], nextToken }, { code });
  await ecr.refuses('DescribeRepositories', { repositoryNames: ['aa'], maxResults: 1 }, { code });
});

test('the listing needs every repository, a described name its own', async () => {
  const ecr = await openEcr();
  const resources = (input: object) => ecr.needs('DescribeRepositories', input).map(({ resource }) => resource);
  assert.deepEqual(resources({}), ['arn:aws:ecr:us-east-1:123456789012:repository/*']);
  assert.deepEqual(resources({ repositoryNames: [repositoryName], registryId: '210987654321' }), [
    'arn:aws:ecr:us-east-1:210987654321:repository/team/app',
  ]);
});

test('a repository with images goes only by force, and then it is gone', async () => {
  const ecr = await openEcr();
  const { repository } = await ecr.call('CreateRepository', { repositoryName });
  await ecr.pushImage(repositoryName, 'v1');
  await ecr.refuses(
    'DeleteRepository',
    { repositoryName },
    {
      code: 'RepositoryNotEmptyException',
      message:
        "The repository with name 'team/app' in registry with id '123456789012' cannot be deleted " +
        'because it still contains images',
    },
  );
  assert.deepEqual(await ecr.call('DeleteRepository', { repositoryName, force: true }), { repository });
  await ecr.refuses('DeleteRepository', { repositoryName }, { code: 'RepositoryNotFoundException' });
});

test('mutability is echoed and shown', async () => {
  const ecr = await openEcr();
  await ecr.call('CreateRepository', { repositoryName });
  const answer = await ecr.call('PutImageTagMutability', { repositoryName, imageTagMutability: 'IMMUTABLE' });
  assert.deepEqual(answer, { registryId: '123456789012', repositoryName, imageTagMutability: 'IMMUTABLE' });
  const { repositories = [] } = await ecr.call('DescribeRepositories', {});
  assert.equal(repositories[0]?.imageTagMutability, 'IMMUTABLE');
  await ecr.refuses(
    'PutImageTagMutability',
    { repositoryName, imageTagMutability: 'MUTABLE_WITH_EXCLUSION' },
    {
      code: 'InvalidParameterException',
    },
  );
});
