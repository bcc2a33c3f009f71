// GetAuthorizationToken: a password for `docker login` that acts as the caller.

import type * as Ecr from '@aws-sdk/client-ecr';
import { registryOf } from '#core/caller.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { EcrRooms } from './rooms.ts';

/** One entry per registry asked for, the caller's own when none is; the token is the same whichever it is. */
export const getAuthorizationToken = operation<typeof Ecr, 'GetAuthorizationToken', EcrRooms>({
  kind: 'read',
  needs: () => [need('ecr:GetAuthorizationToken', '*')],
  errors: ['invalid-parameter'],
  audit: { request: ({ registryIds }) => (registryIds === undefined ? null : { registryIds }), response: () => null },
  handle(input, caller, { tokens, addresses, registryTokenLifeMs }) {
    const { token, expiresAtMs } = tokens.registryToken(caller, registryTokenLifeMs(caller.accountId));
    const authorizationToken = Buffer.from(`AWS:${token}`).toString('base64');
    const registryIds = input.registryIds ?? [caller.accountId];
    return {
      authorizationData: registryIds.map((registryId) => ({
        authorizationToken,
        expiresAt: new Date(expiresAtMs),
        proxyEndpoint: addresses.proxyEndpoint(registryOf(caller, registryId)),
      })),
    };
  },
});
