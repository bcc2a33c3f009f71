// Tokens as attackers and broken providers make them: each is refused in its own words, and none makes us ask too much.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, beforeEach, describe, test } from 'node:test';
import { exportSPKI, importJWK } from 'jose';
import { limits } from '#core/limits.ts';
import { accountId, goodClaims, json, newKey, nowMs, openTestIssuer, sign, type TestIssuer } from './testing/issuer.ts';

const nowSeconds = nowMs / 1000;
const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const unretrievable = /^Couldn't retrieve verification key from your identity provider/;

describe('web identity tokens', () => {
  let issuer: TestIssuer;
  let good: ReturnType<typeof goodClaims>;
  beforeEach(async () => {
    issuer = await openTestIssuer();
    good = goodClaims(issuer.issuer);
  });
  // Each test has a provider of its own: what one remembers of failures must not help the next.
  const closing: Array<() => Promise<void>> = [];
  beforeEach(() => void closing.push(issuer.close));
  after(() => Promise.all(closing.map((close) => close())));

  const verify = (token: string) => issuer.verifier.verify(token, accountId);
  const refused = (token: string, message: RegExp, kind = 'identity-token-invalid') =>
    assert.rejects(verify(token), (error: Error & { kind?: string }) => {
      assert.equal(error.kind, kind, `${error.message} ${error.stack}`);
      assert.match(error.message, message);
      return true;
    });

  test('a good one is believed, and believed again; every allowed algorithm signs', async () => {
    const token = await sign(issuer.key, good);
    for (let times = 0; times < 2; times += 1) {
      const { subject, audience, issuedAtMs } = await verify(token);
      assert.deepEqual([subject, audience, issuedAtMs], ['job', 'us', nowMs]);
    }
    assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/keys']);
    const keys = await Promise.all(
      ['RS384', 'PS256', 'ES256', 'ES384', 'ES512'].map((algorithm) => newKey(algorithm, algorithm)),
    );
    issuer.publish(...keys.map(({ jwk }) => jwk));
    issuer.clock.advance(limits.issuerRetryMs);
    for (const key of keys) assert.equal((await verify(await sign(key, good))).subject, 'job');
  });

  test('unsigned, signed by a shared secret, or by somebody else', async () => {
    const body = encoded(good);
    for (const alg of ['none', 'None', 'NONE', 'HS256', 'HS512', '', undefined, 5]) {
      await refused(`${encoded({ alg, kid: 'first' })}.${body}.`, /not signed by an allowed algorithm/);
    }
    const publicKey = (await importJWK(issuer.key.jwk, 'RS256')) as CryptoKey;
    const unsigned = `${encoded({ alg: 'HS256', kid: 'first' })}.${body}`;
    const forged = createHmac('sha256', await exportSPKI(publicKey))
      .update(unsigned)
      .digest('base64url');
    await refused(`${unsigned}.${forged}`, /not signed by an allowed algorithm/);
    assert.deepEqual(issuer.asked, [], 'nobody was asked for keys');
    const stranger = await newKey('RS256', 'first');
    await refused(await sign(stranger, good), /^The signature of the token is wrong\.$/);
    const [head = '', , signature = ''] = (await sign(issuer.key, good)).split('.');
    const changed = [head, encoded({ ...good, sub: 'another' }), signature].join('.');
    await refused(changed, /^The signature of the token is wrong\.$/);
    await refused([head, body, ''].join('.'), /signature of the token is wrong|not a valid JWT/);
    // A key for one algorithm is none for another.
    await refused(await sign({ ...issuer.key, algorithm: 'RS256' }, good, { kid: 'none' }), unretrievable);
  });

  test('critical extensions, other types, keys that the token itself brings', async () => {
    const critical = { crit: ['exp-by'], 'exp-by': 5 };
    const [, body = '', signature = ''] = (await sign(issuer.key, good)).split('.');
    const head = encoded({ alg: 'RS256', kid: 'first', ...critical });
    await refused(`${head}.${body}.${signature}`, /not a valid JWT/);
    await refused(await sign(issuer.key, good, { typ: 'logout+jwt' }), /its type is another one/);
    const stranger = await newKey('RS256', 'first');
    const brought = { jwk: stranger.jwk, jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/cert' };
    await refused(await sign(stranger, good, brought), /^The signature of the token is wrong\.$/);
  });

  test('what is no token at all', async () => {
    const head = encoded({ alg: 'RS256', kid: 'first' });
    const twice = Buffer.from(`{"iss":"https://other.example.com","iss":"${issuer.issuer}"}`).toString('base64url');
    const deep = Buffer.from(`{"iss":"a","b":${'['.repeat(50)}${']'.repeat(50)}}`).toString('base64url');
    for (const token of ['', 'a', '..', 'a.b', `${head}.e30=.x`, `${head}.bnVsbA.x`, `${head}.${twice}.x`]) {
      await refused(token, /^The ID Token provided is not a valid JWT/);
    }
    for (const token of [`${head}.${deep}.x`, 'e.'.repeat(9000), 'a.b.c.d.e', `${head}.${encoded([1])}.x`]) {
      await refused(token, /^The ID Token provided is not a valid JWT/);
    }
    const large = await sign(issuer.key, { ...good, filler: 'x'.repeat(1024 * 1024) });
    await refused(large, /it is too long/);
    assert.deepEqual(issuer.asked, []);
  });

  test('claims: issuer, audience, times and those that must be there', async () => {
    const of = (changes: object) => sign(issuer.key, { ...good, ...changes });
    const unknown = /^No OpenIDConnect provider found in your account for https:\/\/other\.example\.com$/;
    await refused(await of({ iss: 'https://other.example.com' }), unknown);
    await refused(await of({ iss: `${issuer.issuer}/` }), /^No OpenIDConnect provider/);
    await refused(await of({ aud: 'them' }), /^Incorrect token audience$/);
    await refused(await of({ aud: ['us', 'them'] }), /^Incorrect token audience$/);
    await refused(await of({ aud: 'us', azp: 'stranger' }), /^Incorrect token audience$/);
    assert.equal((await verify(await of({ aud: ['them', 'others'], azp: 'party' }))).audience, 'party');
    assert.equal((await verify(await of({ aud: ['us'] }))).audience, 'us');
    for (const name of ['sub', 'aud', 'exp', 'iat']) {
      await refused(await of({ [name]: undefined }), new RegExp(`^Missing a required claim: ${name}$`));
    }
    await refused(await of({ sub: 5 }), /not a valid JWT/);
    const late = nowSeconds - 31;
    const expired = new RegExp(`^Token expired: current date/time ${nowSeconds} must be before .*date/time${late}$`);
    await refused(await of({ exp: late }), expired, 'identity-token-expired');
    await refused(await of({ nbf: nowSeconds + 31 }), /^Token is not valid yet/);
    await refused(await of({ iat: nowSeconds + 31 }), /issued in the future/);
    await verify(await of({ exp: nowSeconds - 29, nbf: nowSeconds + 29, iat: nowSeconds + 29 }));
    await refused(await of({ exp: String(nowSeconds + 600) }), /not a valid JWT/);
  });

  test('rotated keys are found at once, and strangers make us ask once in a while only', async () => {
    await verify(await sign(issuer.key, good));
    const second = await newKey('ES256', 'second');
    issuer.publish(second.jwk);
    issuer.clock.advance(limits.issuerRetryMs);
    assert.equal((await verify(await sign(second, good))).subject, 'job');
    assert.equal(issuer.asked.length, 4);
    const stranger = await newKey('ES256', 'nobody-knows');
    for (let times = 0; times < 20; times += 1) await refused(await sign(stranger, good), unretrievable);
    assert.equal(issuer.asked.length, 4);
    issuer.clock.advance(limits.issuerRetryMs);
    await Promise.all(Array.from({ length: 20 }, async () => refused(await sign(stranger, good), unretrievable)));
    assert.equal(issuer.asked.length, 6);
    await refused(await sign(issuer.key, good), unretrievable);
  });

  test('while the provider is down its keys are used for an hour, and no longer', async () => {
    const of = (atMs: number) => sign(issuer.key, { ...good, exp: Math.floor(atMs / 1000) + 600 });
    await verify(await of(nowMs));
    issuer.answers.discovery = (response) => void response.writeHead(503).end();
    issuer.clock.advance(limits.issuerKeysStaleMs);
    await verify(await of(issuer.clock.nowMs()));
    issuer.clock.advance(1);
    const { length } = issuer.asked;
    await refused(await of(issuer.clock.nowMs()), /could not be reached/, 'identity-provider-unreachable');
    assert.equal(issuer.asked.length, length, 'a failure is not followed by another question at once');
    issuer.answers.discovery = json({ issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/keys` });
    issuer.clock.advance(limits.issuerRetryMs);
    await verify(await of(issuer.clock.nowMs()));
  });

  const broken: ReadonlyArray<readonly [what: string, bend: () => void, message?: RegExp]> = [
    ['errors', () => (issuer.answers.keys = (response) => void response.writeHead(500).end()), /could not be reached/],
    ['hangs up', () => (issuer.answers.keys = (response) => void response.destroy()), /could not be reached/],
    ['never answers', () => (issuer.answers.discovery = () => undefined), /could not be reached/],
    [
      'answers half',
      () => (issuer.answers.keys = (response) => void response.write('{"keys":')),
      /could not be reached/,
    ],
    ['redirects', () => (issuer.answers.keys = (one) => void one.writeHead(302, { location: '/else' }).end())],
    ['is huge', () => (issuer.answers.keys = json({ keys: [], filler: 'x'.repeat(limits.issuerAnswerBytesMax) }))],
    ['is no JSON', () => (issuer.answers.keys = (response) => void response.end('<html>'))],
    ['has no keys', () => issuer.publish()],
    ['has a shared secret', () => issuer.publish({ kty: 'oct', k: 'c2VjcmV0', kid: 'first' })],
    ['has a key for encryption', () => issuer.publish({ ...issuer.key.jwk, use: 'enc' })],
    ['has a giant key', () => issuer.publish({ ...issuer.key.jwk, n: 'x'.repeat(20_000) })],
    ['is about another issuer', () => (issuer.answers.discovery = json({ issuer: 'https://other.example.com' }))],
    ['points to plain http elsewhere', () => pointTo('http://keys.example.com/keys')],
    ['points to a metadata service', () => pointTo('https://169.254.169.254/latest/meta-data')],
    ['points to a file', () => pointTo('file:///etc/passwd')],
    ['points with a password', () => pointTo('https://user:password@127.0.0.1/keys')],
  ];
  const pointTo = (jwks_uri: string) => (issuer.answers.discovery = json({ issuer: issuer.issuer, jwks_uri }));
  for (const [what, bend, message = unretrievable] of broken) {
    test(`a provider that ${what}`, async () => {
      bend();
      const kind = message === unretrievable ? 'identity-token-invalid' : 'identity-provider-unreachable';
      await refused(await sign(issuer.key, good), message, kind);
    });
  }
});
