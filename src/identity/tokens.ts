// Registry and download tokens: issued for a caller, and turned back into that caller while what it stood on stands.

import { LRUCache } from 'lru-cache';
import type { Region } from '#core/account.ts';
import type { Call, Caller, CredentialKind, DownloadGrant, Principal } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Credential, CredentialSource, QuarantinedUse } from '#core/ports/credential-source.ts';
import type { IssuedProof, SessionStanding } from '#core/ports/session-standing.ts';
import type { TokenIssuer, TokenScope } from '#core/ports/token-issuer.ts';
import type { Random } from '#core/random.ts';
import { missingAuthentication, registryTokenExpired, registryTokenInvalid } from './refusals.ts';
import { openTokenBox, type TokenBox } from './sealed-token.ts';

export interface TokenOptions {
  readonly credentials: CredentialSource;
  readonly standing: SessionStanding;
  /** Told of every use of a key in quarantine, which is refused as an inactive key's. */
  readonly noteQuarantined?: (use: QuarantinedUse) => void;
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
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly sourceAddress: string;
  /** Of a caller with temporary credentials: all that it was. */
  readonly principal?: Principal;
  /** Of a registry token. */
  readonly tokenId?: string;
  readonly scope?: TokenScope;
  readonly grant?: DownloadGrant;
}

/** An opened token, and the principal that it last proved. */
interface Opened {
  readonly claims: Claims;
  scoped?: { readonly of: Principal; readonly principal: Principal };
}

const openedMax = 10_000;
const tokenIdBytes = 10;

export function openTokens(options: TokenOptions): Tokens {
  const { tokenSecret, random, clock, credentials, standing } = options;
  const registryBox = openTokenBox(tokenSecret, 'registry', random);
  const downloadBox = openTokenBox(tokenSecret, 'download', random);
  const known = new LRUCache<string, Opened>({
    max: openedMax,
    maxSize: limits.openedTokensBytesMax,
    sizeCalculation: (_, authorization) => authorization.length,
  });

  const openAndKeep = (authorization: string): Opened => {
    const opened = { claims: openBasic(registryBox, authorization) };
    known.set(authorization, opened);
    return opened;
  };

  const stand = (opened: Opened, principal: Principal, call: Call, kind: CredentialKind): MaybePromise<Caller> => {
    const caller = callerOf(opened, principal, call, kind);
    const end = standing.endOf(proofOf(opened.claims, caller));
    if (end instanceof Promise) return end.then((why) => requireNoEnd(caller, why));
    return requireNoEnd(caller, end);
  };

  const prove = (opened: Opened, call: Call, kind: CredentialKind): MaybePromise<Caller> => {
    const { claims } = opened;
    if (claims.expiresAtMs <= clock.nowMs()) throw registryTokenExpired();
    if (claims.principal !== undefined) return stand(opened, claims.principal, call, kind);
    const ownerOf = (credential: Credential | undefined) => {
      const { quarantine: reason, accessKeyId } = credential ?? {};
      if (reason === undefined || accessKeyId === undefined) return requireOwner(claims, credential);
      options.noteQuarantined?.({ accessKeyId, reason, isProved: true, call });
      throw registryTokenInvalid(`access key ${accessKeyId} of the token is in quarantine: ${reason}`);
    };
    const found = credentials.find(claims.accessKeyId);
    if (found instanceof Promise) {
      return found.then((credential) => stand(opened, ownerOf(credential), call, kind));
    }
    return stand(opened, ownerOf(found), call, kind);
  };

  return {
    issuer: {
      registryToken(caller, lifeMs, scope) {
        const tokenId = `rt-${random.bytes(tokenIdBytes).toString('hex')}`;
        const more = { tokenId, ...(scope === undefined ? {} : { scope }) };
        return { ...issue(registryBox, clock, caller, lifeMs, more), tokenId };
      },
      downloadToken: (caller, grant, lifeMs) => issue(downloadBox, clock, caller, lifeMs, { grant }),
    },
    byRegistryToken(authorization, call) {
      if (authorization === undefined) throw missingAuthentication();
      const opened = known.get(authorization) ?? openAndKeep(authorization);
      if (opened.claims.region !== call.registry.region) throw registryTokenInvalid('the token is for another region');
      return prove(opened, call, 'registry-token');
    },
    byDownloadToken(token, call) {
      const claims = downloadBox.open(token) as Claims | undefined;
      if (claims?.grant === undefined) throw registryTokenInvalid('no download token of this site');
      return prove({ claims }, call, 'download-token');
    },
    principalIdOf: (authorization) =>
      authorization === undefined ? undefined : known.peek(authorization)?.claims.principalId,
  };
}

function issue(box: TokenBox, clock: Clock, caller: Caller, lifeMs: number, more: Partial<Claims> = {}) {
  const { accountId, region, accessKeyId, principal, call } = caller;
  const issuedAtMs = clock.nowMs();
  const expiresAtMs = Math.min(issuedAtMs + lifeMs, principal.session?.expiresAtMs ?? Number.POSITIVE_INFINITY);
  const claims: Claims = {
    region,
    accountId,
    principalId: principal.principalId,
    accessKeyId,
    issuedAtMs,
    expiresAtMs,
    sourceAddress: call.sourceAddress,
    ...(principal.session === undefined ? {} : { principal }),
    ...more,
  };
  return { token: box.seal(claims), issuedAtMs, expiresAtMs };
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
function requireOwner(claims: Claims, credential: Credential | undefined): Principal {
  if (credential?.status === 'Active' && credential.principal.principalId === claims.principalId) {
    return credential.principal;
  }
  throw registryTokenInvalid(`access key ${claims.accessKeyId} of the token is not usable any more`);
}

function callerOf(opened: Opened, owner: Principal, call: Call, kind: CredentialKind): Caller {
  const { grant, accessKeyId, region, issuedAtMs, scope } = opened.claims;
  const principal = scope === undefined ? owner : scopedPrincipal(opened, owner, scope);
  const { accountId } = principal;
  const caller = { principal, accountId, region, accessKeyId, credential: kind, call, tokenIssuedAtMs: issuedAtMs };
  return grant === undefined ? caller : { ...caller, grant };
}

/** The identical object while the owner is: what is known of a principal is kept by its object. */
function scopedPrincipal(opened: Opened, owner: Principal, { policies }: TokenScope): Principal {
  if (opened.scoped?.of === owner) return opened.scoped.principal;
  const { issuedAtMs, expiresAtMs, sourceAddress, tokenId } = opened.claims;
  const named = tokenId === undefined ? {} : { tokenId };
  const session = { issuedAtMs, expiresAtMs, sourceAddress, ...owner.session, scope: policies, ...named };
  opened.scoped = { of: owner, principal: { ...owner, session } };
  return opened.scoped.principal;
}

function proofOf(claims: Claims, { principal, call }: Caller): IssuedProof {
  const { accessKeyId, issuedAtMs, sourceAddress, tokenId, scope } = claims;
  const proof = { principal, accessKeyId, issuedAtMs, sourceAddress, usedFrom: call.sourceAddress };
  if (tokenId === undefined) return proof;
  return scope?.onceMs === undefined ? { ...proof, tokenId } : { ...proof, tokenId, onceMs: scope.onceMs };
}

function requireNoEnd(caller: Caller, why: string | undefined): Caller {
  if (why === undefined) return caller;
  throw registryTokenInvalid(why);
}
