// What the claims of a token say once its signature is right: for whom it is, and the condition keys that come of it.

import { limits } from '#core/limits.ts';
import type { NeedContext } from '#core/need.ts';
import { invalidToken, noToken } from './refusals.ts';
import type { Claims, SentToken } from './token.ts';

/** Claims without which a token proves nothing (OpenID Connect Core §2). */
const requiredClaims = ['sub', 'aud', 'iss', 'exp', 'iat'];

const subjectCharsMax = 1024;

export interface Identity {
  readonly subject: string;
  /** `azp` where there is one, else the one `aud`. */
  readonly audience: string;
  readonly issuedAtMs: number;
}

/** Throws identity-token-invalid. Signature, issuer, expiry and not-before were looked at before. */
export function identityIn(claims: Claims, nowMs: number): Identity {
  const missing = requiredClaims.find((name) => claims[name] === undefined);
  if (missing !== undefined) throw invalidToken(`Missing a required claim: ${missing}`);
  const { sub, iat } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > subjectCharsMax) throw noToken('its subject is no text');
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw noToken('its time of issue is no number');
  if (iat * 1000 > nowMs + limits.webIdentitySkewMs) throw invalidToken('The token was issued in the future.');
  return { subject: sub, audience: audienceIn(claims), issuedAtMs: iat * 1000 };
}

/** Of several audiences only `azp` says which one the token is for. */
function audienceIn({ aud, azp }: Claims): string {
  const audience = azp ?? (Array.isArray(aud) && aud.length === 1 ? aud[0] : aud);
  if (typeof audience === 'string' && audience !== '') return audience;
  throw invalidToken('Incorrect token audience', 'it has several audiences and no authorized party');
}

/** What stands before the claim in a condition key, and after `oidc-provider/` in an ARN. */
export function issuerName(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

/**
 * `<issuer>:<claim>` of every claim that is a text, a number or a truth value, or a list of such. `aud` is the one that
 * was compared with the client ids; where `azp` took its place, `oaud` is what `aud` says. Throws
 * identity-token-invalid for more claims than are looked at: a denial must not be avoided by hiding a claim.
 */
export function conditionKeys({ issuer, claims }: SentToken): NeedContext {
  const names = Object.keys(claims);
  if (names.length > limits.webIdentityClaimsMax) throw noToken('it has too many claims');
  const context: Record<string, string | readonly string[]> = {};
  const prefix = issuerName(issuer);
  for (const name of names) {
    // `<host>:8443:sub` is the subject of the provider at that port, and no claim of the one without.
    if (/^\d+[:/]/.test(name)) continue;
    const value = conditionValue(claims[name]);
    if (value !== undefined) context[`${prefix}:${name}`] = value;
  }
  if (claims['azp'] !== undefined) context[`${prefix}:oaud`] = conditionValue(claims['aud']) ?? '';
  context[`${prefix}:aud`] = audienceIn(claims);
  return context;
}

function conditionValue(claim: unknown): string | readonly string[] | undefined {
  if (!Array.isArray(claim)) return scalar(claim);
  const values = claim.map(scalar);
  return values.every((value) => value !== undefined) ? values : undefined;
}

function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
