// Grant tokens: which grant was just made, sealed by the site. Grants count at once, with their tokens or without.

import { DomainError, isKind } from '#core/errors.ts';
import type { Random } from '#core/random.ts';
import type { PageTokens } from '#wire/paging.ts';

export interface NamedGrant {
  readonly keyArn: string;
  readonly grantId: string;
}

const scope = 'grant token';
const nonceBytes = 12;

interface Tokens {
  /** They seal a short text for one purpose and know it again. */
  readonly pageTokens: PageTokens;
}

/** A new one each time. */
export function makeGrantToken(
  { pageTokens, random }: Tokens & { readonly random: Random },
  { grantId, keyArn }: NamedGrant,
): string {
  const nonce = random.bytes(nonceBytes).toString('hex');
  return pageTokens.encode(scope, `${nonce} ${grantId} ${keyArn}`);
}

/** Throws kms-grant-token-invalid for what is no token of this site. */
export function readGrantToken({ pageTokens }: Tokens, token: string): NamedGrant {
  try {
    const [, grantId = '', keyArn = ''] = pageTokens.decode(scope, token).split(' ');
    return { grantId, keyArn };
  } catch (error) {
    if (!isKind(error, 'invalid-next-token')) throw error;
    throw new DomainError('kms-grant-token-invalid', 'The grant token is not valid.', {});
  }
}

/** Those of an input: they need not add anything, but must be what they say. Throws kms-grant-token-invalid. */
export function requireGrantTokens(input: { readonly GrantTokens?: readonly string[] }, tokens: Tokens): void {
  for (const token of input.GrantTokens ?? []) readGrantToken(tokens, token);
}
