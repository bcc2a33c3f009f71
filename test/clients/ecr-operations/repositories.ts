// Every operation on repositories, their tags and policies, with every exception that it documents.

import assert from 'node:assert/strict';
import type { EcrCaller } from './caller.ts';
import type { Output } from './driver.ts';

const badName = 'Not/A/Name';
const absent = 'absent/repository';

/** Makes `repositoryName`, uses it in every way, and leaves it empty. */
export async function useRepositories(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const { repository } = (await ecr.call('CreateRepository', { repositoryName })) as { repository: Output };
  await createAndDescribe(ecr, repositoryName);
  await tagResources(ecr, String(repository.repositoryArn));
  await setPolicies(ecr, repositoryName);
  await setMutability(ecr, repositoryName);
  await useRegistry(ecr, String(repository.registryId));
}

/** Needs an image in the repository: it is deleted with it. */
export async function deleteRepositories(ecr: EcrCaller, repositoryName: string): Promise<void> {
  await ecr.refuses('DeleteRepository', { repositoryName }, 'RepositoryNotEmptyException');
  await ecr.refuses('DeleteRepository', { repositoryName: badName }, 'InvalidParameterException');
  await ecr.call('DeleteRepository', { repositoryName, force: true });
  await ecr.refuses('DeleteRepository', { repositoryName }, 'RepositoryNotFoundException');
}

async function createAndDescribe(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const create = (more: object, exception: string) =>
    ecr.refuses('CreateRepository', { repositoryName: `${repositoryName}/never`, ...more }, exception);
  await create({ repositoryName }, 'RepositoryAlreadyExistsException');
  await create({ repositoryName: badName }, 'InvalidParameterException');
  await create({ tags: [{ Key: 'aws:mine', Value: '' }] }, 'InvalidTagParameterException');
  await create({ tags: manyTags() }, 'TooManyTagsException');
  await create({ encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/none' } }, 'KmsException');
  const { repositories } = await ecr.call('DescribeRepositories', { repositoryNames: [repositoryName] });
  assert.equal((repositories as Output[])[0]?.repositoryName, repositoryName);
  const paged = { repositoryNames: [repositoryName], maxResults: 5 };
  await ecr.refuses('DescribeRepositories', paged, 'InvalidParameterException');
  await ecr.refuses('DescribeRepositories', { repositoryNames: [absent] }, 'RepositoryNotFoundException');
}

async function tagResources(ecr: EcrCaller, resourceArn: string): Promise<void> {
  const elsewhere = { resourceArn: resourceArn.replace(/repository\/.*$/, `repository/${absent}`) };
  const tags = [{ Key: 'team', Value: 'red' }];
  await ecr.call('TagResource', { resourceArn, tags });
  await ecr.refuses('TagResource', { resourceArn, tags: manyTags() }, 'TooManyTagsException');
  await ecr.refuses('TagResource', { resourceArn, tags: [...tags, ...tags] }, 'InvalidTagParameterException');
  assert.deepEqual((await ecr.call('ListTagsForResource', { resourceArn })).tags, tags);
  await ecr.call('UntagResource', { resourceArn, tagKeys: ['team', 'unknown'] });
  assert.deepEqual((await ecr.call('ListTagsForResource', { resourceArn })).tags, []);
  await ecr.refuses('UntagResource', { resourceArn, tagKeys: ['aws:mine'] }, 'InvalidTagParameterException');
  for (const [operation, more] of [
    ['TagResource', { tags }],
    ['UntagResource', { tagKeys: ['team'] }],
    ['ListTagsForResource', {}],
  ] as const) {
    await ecr.refuses(operation, { ...more, ...elsewhere }, 'RepositoryNotFoundException');
    await ecr.refuses(operation, { ...more, resourceArn: 'arn:aws:s3:::bucket' }, 'InvalidParameterException');
  }
}

async function setPolicies(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const statement = [{ Effect: 'Allow', Principal: '*', Action: 'ecr:ListImages' }];
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  for (const operation of ['GetRepositoryPolicy', 'DeleteRepositoryPolicy']) {
    await ecr.refuses(operation, { repositoryName }, 'RepositoryPolicyNotFoundException');
    await ecr.refuses(operation, { repositoryName: absent }, 'RepositoryNotFoundException');
    await ecr.refuses(operation, { repositoryName: badName }, 'InvalidParameterException');
  }
  await ecr.refuses('SetRepositoryPolicy', { repositoryName, policyText: '{}' }, 'InvalidParameterException');
  await ecr.refuses('SetRepositoryPolicy', { repositoryName: absent, policyText }, 'RepositoryNotFoundException');
  await ecr.call('SetRepositoryPolicy', { repositoryName, policyText });
  assert.equal((await ecr.call('GetRepositoryPolicy', { repositoryName })).policyText, policyText);
  assert.equal((await ecr.call('DeleteRepositoryPolicy', { repositoryName })).policyText, policyText);
}

async function setMutability(ecr: EcrCaller, repositoryName: string): Promise<void> {
  const operation = 'PutImageTagMutability';
  const filters = { imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }] };
  const put = (imageTagMutability: string, more: object = {}) => ({ repositoryName, imageTagMutability, ...more });
  await ecr.call(operation, put('IMMUTABLE'));
  const answer = await ecr.call(operation, put('IMMUTABLE_WITH_EXCLUSION', filters));
  assert.deepEqual(answer.imageTagMutabilityExclusionFilters, filters.imageTagMutabilityExclusionFilters);
  await ecr.call(operation, put('MUTABLE_WITH_EXCLUSION', filters));
  await ecr.refuses(operation, put('MUTABLE', filters), 'InvalidParameterException');
  await ecr.refuses(operation, put('IMMUTABLE_WITH_EXCLUSION'), 'InvalidParameterException');
  await ecr.refuses(operation, put('MUTABLE', { repositoryName: absent }), 'RepositoryNotFoundException');
  await ecr.call(operation, put('MUTABLE'));
}

async function useRegistry(ecr: EcrCaller, registryId: string): Promise<void> {
  assert.equal((await ecr.call('DescribeRegistry')).registryId, registryId);
  await ecr.refuses('GetAuthorizationToken', { registryIds: ['12'] }, 'InvalidParameterException');
  const { authorizationData } = await ecr.call('GetAuthorizationToken');
  const [data] = authorizationData as ReadonlyArray<{ readonly authorizationToken: string }>;
  const [user, password, ...more] = Buffer.from(data?.authorizationToken ?? '', 'base64')
    .toString()
    .split(':');
  assert.deepEqual([user, more], ['AWS', []]);
  assert.ok((password ?? '').length > 100);
}

function manyTags() {
  return Array.from({ length: 51 }, (_, index) => ({ Key: `key${index}`, Value: '' }));
}
