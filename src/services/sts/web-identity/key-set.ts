// The keys that an identity provider publishes (RFC 7517): only those that can verify a signature are looked at.

import type { JWK, JWTVerifyGetKey } from 'jose';
import { createLocalJWKSet } from 'jose/jwks/local';
import { limits } from '#core/limits.ts';
import { noKey } from './refusals.ts';

export interface KeySet {
  readonly keyIds: ReadonlySet<string>;
  readonly find: JWTVerifyGetKey;
}

/** Characters of a modulus of 8192 bits, and of an exponent of 32: larger keys would cost us more than their owner. */
const modulusCharsMax = 1366;
const exponentCharsMax = 6;
const coordinateCharsMax = 88;
const curves: ReadonlySet<unknown> = new Set(['P-256', 'P-384', 'P-521']);

/** Throws identity-token-invalid where there is no key that can be used. */
export function readKeySet(document: unknown, from: string): KeySet {
  const listed = (document as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(listed) || listed.length > limits.issuerKeysMax) throw noKey(`${from}: it is no key set`);
  const keys = listed.flatMap((key) => publicKey(key) ?? []);
  if (keys.length === 0) throw noKey(`${from}: none of its keys verifies signatures of an allowed algorithm`);
  return { keyIds: new Set(keys.flatMap(({ kid }) => kid ?? [])), find: createLocalJWKSet({ keys }) };
}

/** The members that make a public key, and nothing else of it. A shared secret (`oct`) is none. */
function publicKey(value: unknown): JWK | undefined {
  const { kty, kid, use, alg, n, e, crv, x, y } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (use !== undefined && use !== 'sig') return undefined;
  const named = { ...(isText(kid, 1024) && { kid }), ...(isText(alg, 16) && { alg }) };
  if (kty === 'RSA' && isText(n, modulusCharsMax) && isText(e, exponentCharsMax)) return { kty, n, e, ...named };
  if (kty !== 'EC' || !isText(crv, 5) || !curves.has(crv)) return undefined;
  if (!isText(x, coordinateCharsMax) || !isText(y, coordinateCharsMax)) return undefined;
  return { kty, crv, x, y, ...named };
}

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === 'string' && value.length <= charsMax;
}
