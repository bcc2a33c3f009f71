// RevokeRegistryToken: ends a scoped registry token before its time, on the next request of every process.

import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import { tokenArn } from './create-registry-token.ts';
import type { SallyportRooms } from './rooms.ts';

export interface RevokeRegistryTokenInput {
  readonly tokenId: string;
}

export const revokeRegistryToken: Operation<RevokeRegistryTokenInput, object, SallyportRooms> = {
  kind: 'write',
  needs: ({ tokenId }, caller) => [need('sallyport:RevokeRegistryToken', tokenArn(caller, tokenId))],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ tokenId }, { accountId, principal }, { registryTokens, revocations }) {
    // The mark first: should anything fail in between, the caller is told and tries again.
    if (!(await registryTokens.markRevoked(accountId, tokenId))) {
      const message = `No registry token ${tokenId} is known in this account, or it has ended.`;
      throw new DomainError('no-such-entity', message, {});
    }
    await revocations.revoke(accountId, { kind: 'session', value: tokenId, madeBy: principal.arn });
    return {};
  },
};
