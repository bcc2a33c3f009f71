// What a scoped registry token may do, as a policy: what docker clients need, on some repositories.

import type { RegistryRef } from '#core/account.ts';
import { repositoryArn } from '#core/arn.ts';

const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** What each word lets a client do. A push looks for what is there already, and so can pull. */
export const tokenActions = {
  pull,
  push: [...pull, 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'],
  list: ['ecr:ListImages', 'ecr:DescribeRepositories', 'ecr:DescribeImages'],
  delete: ['ecr:BatchDeleteImage'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TokenAction = keyof typeof tokenActions;

/** `repositories` are names of the registry, in which `*` stands for any text and `?` for one character. */
export function tokenPolicy(
  registry: RegistryRef,
  repositories: readonly string[],
  actions: readonly TokenAction[],
): string {
  const Action = [...new Set(actions.flatMap((action) => tokenActions[action]))];
  const Resource = [...new Set(repositories)].map((name) => repositoryArn(registry, name));
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });
}
