// ReencryptRepository, CancelReencryption: a repository moves to another key while it is used, or goes back.

import { repositoryArn } from '#core/arn.ts';
import { type Caller, registryOf } from '#core/caller.ts';
import { type Need, need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { Encryption } from '#registry/registry.ts';
import { type ReencryptionView, reencryptionView } from './reencryption-view.ts';
import type { SallyportRooms } from './rooms.ts';

export interface RepositoryInput {
  /** In the caller's own registry. */
  readonly repositoryName: string;
}

export interface ReencryptRepositoryInput extends RepositoryInput {
  /** `KMS` where only a key is named. Without both it is the same again, under a new domain key. */
  readonly encryptionType?: Encryption['type'];
  /** Id, ARN or alias; the key that AWS manages for ECR when left out. */
  readonly kmsKey?: string;
}

export interface ReencryptionOutput {
  readonly reencryption: ReencryptionView;
}

/**
 * What the new and the old key ask of the caller is decided where they are taken: as for CreateRepository, and
 * kms:Decrypt by ECR under the old one.
 */
export const reencryptRepository: Operation<ReencryptRepositoryInput, ReencryptionOutput, SallyportRooms> = {
  kind: 'write',
  needs(input, caller) {
    const { encryptionType = input.kmsKey === undefined ? undefined : 'KMS' } = input;
    const own = needOn('ReencryptRepository', input, caller);
    if (encryptionType === undefined) return [own];
    return [{ ...own, context: { 'sallyport:EncryptionType': encryptionType } }];
  },
  errors: [
    ...(['validation-failed', 'invalid-parameter', 'repository-not-found'] as const),
    ...(['entity-already-exists', 'entity-limit-exceeded', 'kms-unavailable'] as const),
  ],
  async handle({ repositoryName, encryptionType, kmsKey }, caller, { repositories, reencryptions }) {
    const repository = await repositories.get(registryOf(caller), repositoryName);
    const move = await reencryptions.start(repository, { type: encryptionType, kmsKey }, caller);
    return { reencryption: reencryptionView(move) };
  },
};

export const cancelReencryption: Operation<RepositoryInput, ReencryptionOutput, SallyportRooms> = {
  kind: 'write',
  needs: (input, caller) => [needOn('CancelReencryption', input, caller)],
  errors: ['validation-failed', 'repository-not-found', 'no-such-entity'],
  async handle({ repositoryName }, caller, { repositories, reencryptions }) {
    const repository = await repositories.get(registryOf(caller), repositoryName);
    return { reencryption: reencryptionView(await reencryptions.cancel(repository)) };
  },
};

/** On the repository itself, as ECR's own actions. */
export function needOn(operation: string, { repositoryName }: RepositoryInput, caller: Caller): Need {
  return need(`sallyport:${operation}`, repositoryArn(registryOf(caller), repositoryName));
}
