// DescribeReencryption, ListReencryptions: how far repositories are on their way to another key.

import { registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import { type PageInput, pageOf } from './paging.ts';
import { needOn, type ReencryptionOutput, type RepositoryInput } from './reencrypt-repository.ts';
import { type ReencryptionView, reencryptionView } from './reencryption-view.ts';
import type { SallyportRooms } from './rooms.ts';

export interface ListReencryptionsOutput {
  readonly reencryptions: readonly ReencryptionView[];
  readonly nextToken?: string;
}

/** The latest one of the repository, under way or ended. */
export const describeReencryption: Operation<RepositoryInput, ReencryptionOutput, SallyportRooms> = {
  kind: 'read',
  needs: (input, caller) => [needOn('DescribeReencryption', input, caller)],
  errors: ['validation-failed', 'repository-not-found', 'no-such-entity'],
  async handle({ repositoryName }, caller, { repositories, reencryptions }) {
    const repository = await repositories.get(registryOf(caller), repositoryName);
    const move = await reencryptions.find(repository);
    if (move !== undefined) return { reencryption: reencryptionView(move) };
    const message = `The repository '${repositoryName}' was never moved to another key.`;
    throw new DomainError('no-such-entity', message, {});
  },
};

export const listReencryptions: Operation<PageInput, ListReencryptionsOutput, SallyportRooms> = {
  kind: 'read',
  needs(_input, caller) {
    const { region, accountId } = registryOf(caller);
    return [need('sallyport:ListReencryptions', `arn:aws:sallyport:${region}:${accountId}:reencryption/*`)];
  },
  errors: ['validation-failed', 'invalid-next-token'],
  async handle(input, caller, { reencryptions, pageTokens }) {
    const registry = registryOf(caller);
    const scope = `ListReencryptions ${registry.accountId} ${registry.region}`;
    const { items, nextToken } = await pageOf(pageTokens, scope, input, {
      read: async (after, limit) => (await reencryptions.list(registry, { after, limit })).items,
      keyOf: ({ id }) => id,
    });
    return { reencryptions: items.map(reencryptionView), ...(nextToken === undefined ? {} : { nextToken }) };
  },
};
