// CreateRegistryToken: a password for docker clients that may do less than its maker, for a short time.

import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import { type TokenAction, tokenPolicy } from './registry-tokens/token-policy.ts';
import type { SallyportRooms } from './rooms.ts';

export interface CreateRegistryTokenInput {
  /** Names in the caller's registry, in which `*` and `?` are wildcards. */
  readonly repositories: readonly string[];
  readonly actions: readonly TokenAction[];
  readonly lifeSeconds?: number;
  readonly name?: string;
  /** Good for the first address that uses it, and from then on for `onceSeconds`. */
  readonly once?: boolean;
  readonly onceSeconds?: number;
}

export interface CreateRegistryTokenOutput {
  readonly tokenId: string;
  /** The password for user `AWS`. Told once, here. */
  readonly token: string;
  readonly expiresAt: Date;
  /** What to log in to. */
  readonly proxyEndpoint: string;
}

const lifeSecondsOf = ({ lifeSeconds = limits.scopedTokenSecondsDefault }: CreateRegistryTokenInput) => lifeSeconds;

/** It is another way to a registry token, so whoever may not have one (GetAuthorizationToken) may not have this one. */
export const createRegistryToken: Operation<CreateRegistryTokenInput, CreateRegistryTokenOutput, SallyportRooms> = {
  kind: 'write',
  needs(input, caller) {
    const context = { 'sallyport:TokenLifeSeconds': String(lifeSecondsOf(input)) };
    return [
      { ...need('sallyport:CreateRegistryToken', tokenArn(caller, '*')), context },
      { ...need('ecr:GetAuthorizationToken', '*'), context },
    ];
  },
  errors: ['validation-failed', 'entity-limit-exceeded'],
  audit: { response: ({ tokenId, expiresAt, proxyEndpoint }) => ({ tokenId, expiresAt, proxyEndpoint }) },
  async handle(input, caller, { tokens, registryTokens, addresses, clock }) {
    const { repositories, actions, name = '', once = false, onceSeconds = limits.onceSecondsDefault } = input;
    if (!once && input.onceSeconds !== undefined) {
      throw new DomainError('validation-failed', 'onceSeconds is only for a token that is good once.', {});
    }
    const registry = registryOf(caller);
    const issuedAtMs = clock.nowMs();
    const onceMs = once ? onceSeconds * 1000 : undefined;
    const policies = [tokenPolicy(registry, repositories, actions)];
    const scope = { policies, ...(onceMs === undefined ? {} : { onceMs }) };
    const { token, tokenId, expiresAtMs } = tokens.registryToken(caller, lifeSecondsOf(input) * 1000, scope);
    if (token.length > limits.tokenBytesMax) throw tooLarge();
    const { principalId, arn } = caller.principal;
    await registryTokens.keep({
      token_id: tokenId,
      account_id: caller.accountId,
      region: registry.region,
      name,
      principal_id: principalId,
      principal_arn: arn,
      access_key_id: caller.accessKeyId,
      source_address: caller.call.sourceAddress,
      repositories: JSON.stringify(repositories),
      actions: JSON.stringify(actions),
      once_ms: onceMs ?? null,
      issued_at_ms: issuedAtMs,
      expires_at_ms: expiresAtMs,
    });
    const proxyEndpoint = addresses.proxyEndpoint(registry);
    return { tokenId, token, expiresAt: new Date(expiresAtMs), proxyEndpoint };
  },
};

/** `arn:aws:sallyport:<region>:<account>:registry-token/<id>`. */
export function tokenArn(caller: Caller, tokenId: string): string {
  const { region, accountId } = registryOf(caller);
  return `arn:aws:sallyport:${region}:${accountId}:registry-token/${tokenId}`;
}

function tooLarge(): DomainError {
  const message = 'The token would be too long together with what its maker is limited to: name fewer repositories.';
  return new DomainError('entity-limit-exceeded', message, {});
}
