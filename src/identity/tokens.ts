// Registry and download tokens: issued for a caller, and turned back into that caller while its access key stands.

import { LRUCache } from 'lru-cache';
import type { Region } from '#core/account.ts';
import type { Call, Caller, CredentialKind, DownloadGrant } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Credential, CredentialSource } from '#core/ports/credential-source.ts';
import type { TokenIssuer } from '#core/ports/token-issuer.ts';
import type { Random } from '#core/random.ts';
import { missingAuthentication, registryTokenExpired, registryTokenInvalid } from './refusals.ts';
import { openTokenBox, type TokenBox } from './sealed-token.ts';

export interface TokenOptions {
  readonly credentials: CredentialSource;
  /** 32 bytes, derived from the root key for this use alone. */
  readonly tokenSecret: Buffer;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Tokens {
  readonly issuer: TokenIssuer;
  byRegistryToken(authorization: string | undefined, call: Call): MaybePromise<Caller>;
  byDownloadToken(token: string, call: Call): MaybePromise<Caller>;
  /** The principal of a registry token that was opened before and is still remembered. */
  principalIdOf(authorization: string | undefined): string | undefined;
}

interface Claims {
  readonly region: Region;
  readonly accountId: string;
  readonly principalId: string;
  readonly accessKeyId: string;
  readonly expiresAtMs: number;
  readonly grant?: DownloadGrant;
}

const verifiedTokensMax = 10_000;

export function openTokens(options: TokenOptions): Tokens {
  const { tokenSecret, random, clock, credentials } = options;
  const registryBox = openTokenBox(tokenSecret, 'registry', random);
  const downloadBox = openTokenBox(tokenSecret, 'download', random);
  const verified = new LRUCache<string, Claims>({ max: verifiedTokensMax });

  const openAndKeep = (authorization: string): Claims => {
    const claims = openBasic(registryBox, authorization);
    verified.set(authorization, claims);
    return claims;
  };

  const prove = (claims: Claims, call: Call, kind: CredentialKind): MaybePromise<Caller> => {
    if (claims.expiresAtMs <= clock.nowMs()) throw registryTokenExpired();
    const found = credentials.find(claims.accessKeyId);
    if (found instanceof Promise) return found.then((credential) => callerOf(claims, credential, call, kind));
    return callerOf(claims, found, call, kind);
  };

  return {
    issuer: {
      registryToken: (caller, lifeMs) => issue(registryBox, clock, caller, lifeMs),
      downloadToken: (caller, grant, lifeMs) => issue(downloadBox, clock, caller, lifeMs, grant),
    },
    byRegistryToken(authorization, call) {
      if (authorization === undefined) throw missingAuthentication();
      const claims = verified.get(authorization) ?? openAndKeep(authorization);
      if (claims.region !== call.registry.region) throw registryTokenInvalid('the token is for another region');
      return prove(claims, call, 'registry-token');
    },
    byDownloadToken(token, call) {
      const claims = downloadBox.open(token) as Claims | undefined;
      if (claims?.grant === undefined) throw registryTokenInvalid('no download token of this site');
      return prove(claims, call, 'download-token');
    },
    principalIdOf: (authorization) =>
      authorization === undefined ? undefined : verified.peek(authorization)?.principalId,
  };
}

function issue(box: TokenBox, clock: Clock, caller: Caller, lifeMs: number, grant?: DownloadGrant) {
  const expiresAtMs = clock.nowMs() + lifeMs;
  const { accountId, region, accessKeyId, principal } = caller;
  const claims: Claims = { region, accountId, principalId: principal.principalId, accessKeyId, expiresAtMs };
  return { token: box.seal(grant === undefined ? claims : { ...claims, grant }), expiresAtMs };
}

/** `Basic base64(AWS:<token>)`. */
function openBasic(box: TokenBox, authorization: string): Claims {
  if (authorization.length > 2 * limits.tokenBytesMax) throw registryTokenInvalid('the header is too long');
  const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization) ?? [];
  if (encoded === undefined) throw registryTokenInvalid('not HTTP Basic');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (text.slice(0, Math.max(colon, 0)) !== 'AWS') throw registryTokenInvalid('the user name is not AWS');
  const claims = box.open(text.slice(colon + 1)) as Claims | undefined;
  if (claims === undefined) throw registryTokenInvalid('no registry token of this site');
  return claims;
}

/** The key the token was made with must still be there, active, and belong to the same user. */
function callerOf(claims: Claims, credential: Credential | undefined, call: Call, kind: CredentialKind): Caller {
  const { grant, accessKeyId, region } = claims;
  if (credential?.status !== 'Active' || credential.principal.principalId !== claims.principalId) {
    throw registryTokenInvalid(`access key ${accessKeyId} of the token is not usable any more`);
  }
  const { principal } = credential;
  const caller = { principal, accountId: principal.accountId, region, accessKeyId, credential: kind, call };
  return grant === undefined ? caller : { ...caller, grant };
}
