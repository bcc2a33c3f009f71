// GetAuthorizationToken: a password for `docker login` that acts as the caller.

import type * as Ecr from '@aws-sdk/client-ecr';
import { registryOf } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { type Need, need } from '#core/need.ts';
import type { May } from '#core/operation.ts';
import { operation } from '#wire/sdk.ts';
import type { EcrRooms } from './rooms.ts';

/** From the longest: what a policy that bounds the life is asked for, one after the other, until it allows one. */
const lifeStepsSeconds = [28_800, 14_400, 7200, 3600, 1800, 900, 600, 300, 120, limits.registryTokenLifeMsMin / 1000];

/** `sallyport:TokenLifeSeconds` lets a policy bound how long the token lives: ours, AWS has no such key. */
function needFor(lifeSeconds: number): Need {
  const context = { 'sallyport:TokenLifeSeconds': String(lifeSeconds) };
  return { ...need('ecr:GetAuthorizationToken', '*'), context };
}

/** The longest life that is configured and allowed; the shortest was allowed before this is asked. */
async function lifeMsFor(configuredMs: number, may: May): Promise<number> {
  const configured = Math.floor(configuredMs / 1000);
  const steps = [configured, ...lifeStepsSeconds.filter((seconds) => seconds < configured)];
  for (const seconds of steps) if (await may(needFor(seconds))) return seconds * 1000;
  return limits.registryTokenLifeMsMin;
}

/** One entry per registry asked for, the caller's own when none is; the token is the same whichever it is. */
export const getAuthorizationToken = operation<typeof Ecr, 'GetAuthorizationToken', EcrRooms>({
  kind: 'read',
  needs: () => [needFor(limits.registryTokenLifeMsMin / 1000)],
  errors: ['invalid-parameter'],
  audit: { request: ({ registryIds }) => (registryIds === undefined ? null : { registryIds }), response: () => null },
  async handle(input, caller, { tokens, addresses, registryTokenLifeMs }, may) {
    const lifeMs = await lifeMsFor(registryTokenLifeMs(caller.accountId), may);
    const { token, expiresAtMs } = tokens.registryToken(caller, lifeMs);
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
