// Checks a web identity token: issued by a provider of the account, signed by it, for this account, and good now.

import type { JWTPayload } from 'jose';
import { errors } from 'jose';
import { jwtVerify } from 'jose/jwt/verify';
import type { AccountId } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { IdentityProvider, IdentityProviders } from '#core/ports/identity-providers.ts';
import { type Identity, identityIn } from './claims.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { KeySet } from './key-set.ts';
import { expiredToken, invalidToken, noKey, noToken } from './refusals.ts';
import { algorithms, readToken } from './token.ts';

export interface TokenVerifier {
  /**
   * Who a token says its bearer is, once everything about it is right. The same token may be used until it expires, as
   * at AWS. Throws identity-token-invalid, identity-token-expired and identity-provider-unreachable.
   */
  verify(token: string, accountId: AccountId): Promise<VerifiedIdentity>;
}

export interface VerifiedIdentity extends Identity {
  readonly provider: IdentityProvider;
}

export interface VerifierOptions {
  readonly providers: IdentityProviders;
  readonly keys: IssuerKeys;
  readonly clock: Clock;
}

export function openTokenVerifier({ providers, keys, clock }: VerifierOptions): TokenVerifier {
  return {
    async verify(token, accountId) {
      const { issuer, keyId } = readToken(token);
      const provider = await providers.findProvider(accountId, issuer);
      if (provider === undefined) {
        const shown = issuer.slice(0, limits.oidcUrlCharsMax);
        throw invalidToken(`No OpenIDConnect provider found in your account for ${shown}`);
      }
      const keySet = await keys.keysOf(provider, keyId);
      const nowMs = clock.nowMs();
      const identity = identityIn(await believe(token, keySet, issuer, nowMs), nowMs);
      if (!provider.clientIds.includes(identity.audience)) throw invalidToken('Incorrect token audience');
      return { ...identity, provider };
    },
  };
}

async function believe(token: string, keySet: KeySet, issuer: string, nowMs: number): Promise<JWTPayload> {
  const currentDate = new Date(nowMs);
  const clockTolerance = limits.webIdentitySkewMs / 1000;
  try {
    return (await jwtVerify(token, keySet.find, { algorithms, issuer, currentDate, clockTolerance })).payload;
  } catch (error) {
    throw refusalOf(error, Math.floor(nowMs / 1000));
  }
}

function refusalOf(error: unknown, nowSeconds: number): unknown {
  if (error instanceof errors.JWTExpired) return expiredToken(nowSeconds, Number(error.payload.exp));
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed') {
    const { nbf } = error.payload;
    return invalidToken(
      `Token is not valid yet: current date/time ${nowSeconds} must be after the not-before date/time ${nbf}`,
    );
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return invalidToken('The signature of the token is wrong.');
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return noKey(error.message, error);
  }
  // A key that is too short or not on its curve, a critical extension that nobody here knows, a claim of a wrong type.
  return error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException
    ? noToken(error.message)
    : error;
}
