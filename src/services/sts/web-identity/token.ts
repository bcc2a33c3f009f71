// A web identity token as it was sent, read strictly and not believed yet: whose is it, and how is it signed.

import { limits } from '#core/limits.ts';
import { parseStrictJson } from '#std/strict-json.ts';
import { noToken } from './refusals.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface SentToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly issuer: string;
  readonly claims: Claims;
}

/** Signatures by private keys only: with a shared secret the public key would be enough to forge a token. */
export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];

/** What is no identity or access token (a logout token, a proof of possession) says so in its type. */
const types: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt', 'application/jwt']);

const jsonDepthMax = 8;

/**
 * Reads a token without its signature. Of members that stand twice two readers can take different ones: they are
 * refused. Throws identity-token-invalid.
 */
export function readToken(token: string): SentToken {
  if (token.length > limits.webIdentityTokenCharsMax) throw noToken('it is too long');
  const [head = '', body = '', signature, ...more] = token.split('.');
  if (signature === undefined || more.length > 0) throw noToken('it does not have three parts');
  const header = objectIn(head);
  const claims = objectIn(body);
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) throw noToken('it is not signed by an allowed algorithm');
  if (kid !== undefined && typeof kid !== 'string') throw noToken('its key id is no text');
  if (!types.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw noToken('its type is another one');
  const { iss } = claims;
  if (typeof iss !== 'string') throw noToken('it names no issuer');
  return { algorithm: alg, keyId: kid, issuer: iss, claims };
}

function objectIn(part: string): Claims {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) throw noToken('it is not encoded as base64url');
  const value = jsonIn(Buffer.from(part, 'base64url'));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims;
  throw noToken('its parts are no objects');
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), { depthMax: jsonDepthMax });
  } catch {
    throw noToken('its parts are not strict JSON');
  }
}
