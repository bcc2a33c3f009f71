// A repository and its tag mutability as ECR's answers show them, and as its requests ask for them.

import type { Repository as RepositoryAnswer } from '@aws-sdk/client-ecr';
import type { Addresses } from '#core/addresses.ts';
import type { Repository, TagMutability, TagMutabilityMode } from '#registry/registry.ts';

type Filters = ReadonlyArray<{ readonly filter: string }>;

const filtersMember = 'imageTagMutabilityExclusionFilters';

/** The `repository` member of answers. */
export function repositoryView(repository: Repository, addresses: Addresses): RepositoryAnswer {
  const { registry, name, arn, createdAtMs, tagMutability, scanOnPush, encryption } = repository;
  return {
    repositoryArn: arn,
    registryId: registry.accountId,
    repositoryName: name,
    repositoryUri: addresses.repositoryUri(registry, name),
    createdAt: new Date(createdAtMs),
    ...mutabilityView(tagMutability),
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: {
      encryptionType: encryption.type,
      ...(encryption.kmsKey === undefined ? {} : { kmsKey: encryption.kmsKey }),
    },
  };
}

/** Mode and, where there are any, filters. */
export function mutabilityView({ mode, exclusionFilters }: TagMutability) {
  const filters = exclusionFilters.map((filter) => ({ filterType: 'WILDCARD' as const, filter }));
  return { imageTagMutability: mode, ...(filters.length === 0 ? {} : { [filtersMember]: filters }) };
}

/** The mutability that a request asks for; the domain says which modes take filters. */
export function mutabilityOf(mode: TagMutabilityMode, filters: Filters | undefined): TagMutability {
  return { mode, exclusionFilters: (filters ?? []).map(({ filter }) => filter) };
}
