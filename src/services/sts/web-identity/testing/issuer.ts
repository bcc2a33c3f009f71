// An identity provider on loopback whose answers a test can bend: its documents, its keys, its pace.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type AccountId, parseAccountId } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import type { IdentityProvider } from '#core/ports/identity-providers.ts';
import { openIssuerClient } from '../issuer-client.ts';
import { openIssuerKeys } from '../issuer-keys.ts';
import { openTokenVerifier, type TokenVerifier } from '../verifier.ts';

export const accountId = parseAccountId('111122223333') as AccountId;
export const nowMs = Date.UTC(2026, 10, 24, 12);
const nowSeconds = nowMs / 1000;

type Claims = Readonly<Record<string, unknown>>;
type Answer = (response: ServerResponse) => void;

export interface SigningKey {
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export interface TestIssuer {
  readonly issuer: string;
  readonly clock: ReturnType<typeof manualClock>;
  readonly verifier: TokenVerifier;
  /** What the provider answers; a test may put others in their place. */
  readonly answers: { discovery: Answer; keys: Answer };
  /** Paths asked for so far. */
  readonly asked: string[];
  readonly key: SigningKey;
  publish(...keys: readonly JWK[]): void;
  close(): Promise<void>;
}

export function json(value: unknown): Answer {
  return (response) => void response.end(JSON.stringify(value));
}

export async function newKey(algorithm: string, kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { algorithm, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } };
}

export async function openTestIssuer(): Promise<TestIssuer> {
  const key = await newKey('RS256', 'first');
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    (url === '/keys' ? answers.keys : answers.discovery)(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answers = { discovery: json({ issuer, jwks_uri: `${issuer}/keys` }), keys: json({ keys: [key.jwk] }) };
  const clock = manualClock(nowMs);
  const client = openIssuerClient({ clock, authorities: [], allowsLoopback: true, timeoutMs: 300 });
  const provider: IdentityProvider = { arn: 'arn:test', issuer, clientIds: ['us', 'party'], thumbprints: [] };
  const verifier = openTokenVerifier({
    providers: { findProvider: (account, name) => (account === accountId && name === issuer ? provider : undefined) },
    keys: openIssuerKeys(client, clock),
    clock,
  });
  return {
    issuer,
    clock,
    verifier,
    answers,
    asked,
    key,
    publish(...keys) {
      answers.keys = json({ keys });
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Claims of a token that is right in all. */
export function goodClaims(issuer: string): Claims {
  return { iss: issuer, sub: 'job', aud: 'us', iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + 600 };
}

/** Claims that are undefined are left out. */
export async function sign(key: SigningKey, claims: Claims, header: Claims = {}): Promise<string> {
  const payload = JSON.parse(JSON.stringify(claims)) as Claims;
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.algorithm, kid: key.jwk.kid ?? '', ...header })
    .sign(key.privateKey);
}
