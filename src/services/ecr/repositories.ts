// Repositories: create, describe, delete, and how far their image tags may move.

import type * as Ecr from '@aws-sdk/client-ecr';
import { repositoryArn } from '#core/arn.ts';
import { registryOf } from '#core/caller.ts';
import { invalidParameter } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Encryption, NewRepository, Repository } from '#registry/registry.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { openPaging } from './paging.ts';
import { mutabilityOf, mutabilityView, repositoryView } from './repository-view.ts';
import { arnOf, type EcrRooms, needOnRepository } from './rooms.ts';

type CreateInput = InputOf<typeof Ecr, 'CreateRepository'>;

export const createRepository = operation<typeof Ecr, 'CreateRepository', EcrRooms>({
  kind: 'write',
  needs(input, caller) {
    const arn = arnOf(input, caller);
    const { tags = [] } = input;
    const create = need('ecr:CreateRepository', arn, { requestTags: tags });
    return tags.length === 0 ? [create] : [create, need('ecr:TagResource', arn, { requestTags: tags })];
  },
  errors: [
    ...(['invalid-parameter', 'invalid-resource-tag', 'too-many-resource-tags'] as const),
    ...(['repository-already-exists', 'limit-exceeded', 'kms-unavailable'] as const),
  ],
  async handle(input, caller, { registry, addresses }) {
    const repository = { ...parseNewRepository(input), caller };
    const created = await registry.repositories.create(registryOf(caller, input.registryId), repository);
    return { repository: repositoryView(created, addresses) };
  },
});

export const describeRepositories = operation<typeof Ecr, 'DescribeRepositories', EcrRooms>({
  kind: 'read',
  needs(input, caller) {
    const owner = registryOf(caller, input.registryId);
    const names = input.repositoryNames ?? ['*'];
    return names.map((name) => need('ecr:DescribeRepositories', repositoryArn(owner, name)));
  },
  errors: ['invalid-parameter', 'repository-not-found'],
  async handle(input, caller, rooms) {
    const owner = registryOf(caller, input.registryId);
    const view = (repository: Repository) => repositoryView(repository, rooms.addresses);
    if (input.repositoryNames !== undefined) {
      refusePaging(input);
      const named: Repository[] = [];
      for (const name of input.repositoryNames) named.push(await rooms.registry.repositories.get(owner, name));
      return { repositories: named.map(view) };
    }
    const paging = openPaging(rooms.pageTokens, ['DescribeRepositories', owner.accountId, owner.region]);
    const page = await rooms.registry.repositories.list(owner, paging.request(input));
    return { repositories: page.items.map(view), ...paging.answer(page) };
  },
});

export const deleteRepository = operation<typeof Ecr, 'DeleteRepository', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:DeleteRepository'),
  errors: ['invalid-parameter', 'repository-not-found', 'repository-not-empty', 'kms-unavailable'],
  async handle(input, caller, { registry, addresses }) {
    const owner = registryOf(caller, input.registryId);
    const options = { force: input.force ?? false, caller };
    const removed = await registry.repositories.remove(owner, input.repositoryName, options);
    return { repository: repositoryView(removed, addresses) };
  },
});

export const putImageTagMutability = operation<typeof Ecr, 'PutImageTagMutability', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:PutImageTagMutability'),
  errors: ['invalid-parameter', 'repository-not-found'],
  async handle(input, caller, { registry }) {
    const owner = registryOf(caller, input.registryId);
    const mutability = mutabilityOf(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
    const { name, tagMutability } = await registry.repositories.setTagMutability(
      owner,
      input.repositoryName,
      mutability,
    );
    return { registryId: owner.accountId, repositoryName: name, ...mutabilityView(tagMutability) };
  },
});

function parseNewRepository(input: CreateInput): NewRepository {
  const mode = input.imageTagMutability ?? 'MUTABLE';
  return {
    name: input.repositoryName,
    tagMutability: mutabilityOf(mode, input.imageTagMutabilityExclusionFilters),
    scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
    encryption: parseEncryption(input.encryptionConfiguration),
    tags: (input.tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value })),
  };
}

function parseEncryption(configuration: CreateInput['encryptionConfiguration']): Encryption {
  const { encryptionType: type = 'AES256', kmsKey } = configuration ?? {};
  if (kmsKey === undefined) return { type };
  if (type !== 'AES256') return { type, kmsKey };
  throw invalidParameter('encryptionConfiguration', 'KmsKey must be null when encryptionType is set as AES256');
}

function refusePaging(input: InputOf<typeof Ecr, 'DescribeRepositories'>): void {
  for (const member of ['nextToken', 'maxResults'] as const) {
    if (input[member] !== undefined) {
      throw invalidParameter(member, `${member} must be null when repositoryNames is specified`);
    }
  }
}
