// Registry and download tokens: what they prove, when they end, and that nobody else can make or change one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Caller, DownloadGrant } from '#core/caller.ts';
import { accessKeyId, callFor, outcomeOf, principal, sampleSite } from './testing/sample-site.ts';

const hourMs = 3_600_000;
const alice = principal.arn;

const caller: Caller = {
  principal,
  accountId: principal.accountId,
  region: callFor().registry.region,
  accessKeyId,
  credential: 'sigv4',
  call: callFor(),
};

const basic = (token: string, user = 'AWS') => `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`;

function issued(lifeMs = hourMs) {
  const site = sampleSite();
  const { token } = site.identity.tokens.registryToken(caller, lifeMs);
  const prove = (authorization: string | undefined, call = callFor()) =>
    outcomeOf((async () => site.identity.byRegistryToken(authorization, call))());
  return { ...site, token, prove };
}

test('a registry token proves its maker, holds no colon and nothing readable', async () => {
  const { token, prove } = issued();
  assert.equal(await prove(basic(token)), alice);
  assert.equal(await prove(basic(token)), alice, 'a second time, from the cache');
  assert.match(token, /^[A-Za-z0-9_-]+$/);
  assert.ok(!Buffer.from(token, 'base64url').includes('AIDAALICE'));
});

test('it ends when it says so', async () => {
  const { clock, token, prove } = issued();
  clock.advance(hourMs - 1);
  assert.equal(await prove(basic(token)), alice);
  clock.advance(1);
  const text = 'registry-token-expired: Your authorization token has expired. Reauthenticate and try again.';
  assert.equal(await prove(basic(token)), text);
});

test('it is good in its region only, for any account of the site', async () => {
  const { token, prove } = issued();
  assert.match(await prove(basic(token), callFor('eu-west-1')), /^registry-token-invalid/);
  const other = callFor();
  const guest = { ...other, registry: { ...other.registry, accountId: '999988887777' as typeof principal.accountId } };
  assert.equal(await prove(basic(token), guest), alice);
});

test('it dies with its key: inactive, deleted, or given to another user', async () => {
  const { credentials, token, prove } = issued();
  const known = credentials.get(accessKeyId);
  assert.ok(known);
  assert.equal(await prove(basic(token)), alice);
  credentials.set(accessKeyId, { ...known, status: 'Inactive' });
  assert.match(await prove(basic(token)), /^registry-token-invalid/);
  credentials.set(accessKeyId, { ...known, principal: { ...principal, principalId: 'AIDANAMESAKE' } });
  assert.match(await prove(basic(token)), /^registry-token-invalid/);
  credentials.delete(accessKeyId);
  assert.match(await prove(basic(token)), /^registry-token-invalid/);
});

test('other users, other schemes, nonsense and too much of it', async () => {
  const { token, prove } = issued();
  assert.match(await prove(undefined), /^missing-authentication/);
  const wrong = [
    basic(token, 'aws'),
    basic(token, ''),
    `Bearer ${token}`,
    'Basic',
    'Basic ///',
    basic(''),
    basic('x'.repeat(20_000)),
  ];
  for (const authorization of wrong)
    assert.match(await prove(authorization), /^registry-token-invalid/, authorization.slice(0, 40));
});

test('any one changed character is refused', async () => {
  const { token, prove } = issued();
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: token.length - 1 }), fc.constantFrom(...letters.split('')), async (at, letter) => {
      if (token[at] === letter) return;
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      assert.match(await prove(basic(changed)), /^registry-token-invalid/);
    }),
  );
});

test('a download token proves its maker for one layer, and is no registry token', async () => {
  const { clock, identity, prove } = issued();
  const grant: DownloadGrant = {
    registry: callFor().registry,
    repositoryName: 'team/app',
    digest: `sha256:${'a'.repeat(64)}`,
  };
  const { token, expiresAtMs } = identity.tokens.downloadToken(caller, grant, hourMs);
  assert.equal(expiresAtMs, clock.nowMs() + hourMs);
  const proven = await identity.byDownloadToken(token, callFor());
  assert.deepEqual([proven.principal.arn, proven.credential, proven.grant], [alice, 'download-token', grant]);
  assert.match(await prove(basic(token)), /^registry-token-invalid/);
  const { token: registry } = identity.tokens.registryToken(caller, hourMs);
  assert.match(
    await outcomeOf((async () => identity.byDownloadToken(registry, callFor()))()),
    /^registry-token-invalid/,
  );
  clock.advance(hourMs);
  assert.match(await outcomeOf((async () => identity.byDownloadToken(token, callFor()))()), /^registry-token-expired/);
});

test('made by a session it acts as the session, ends with it, and needs no access key', async () => {
  const { clock, identity, credentials, ended } = sampleSite();
  const session = { issuedAtMs: clock.nowMs(), expiresAtMs: clock.nowMs() + hourMs / 2, sourceAddress: '127.0.0.1' };
  const temporary = { ...principal, principalId: 'AROAX:one', session };
  const { token, expiresAtMs } = identity.tokens.registryToken({ ...caller, principal: temporary }, hourMs);
  assert.equal(expiresAtMs, session.expiresAtMs);
  credentials.clear();
  const proved = await identity.byRegistryToken(basic(token), callFor());
  assert.deepEqual(proved.principal, temporary);
  assert.equal(
    (await identity.byRegistryToken(basic(token), callFor())).principal,
    proved.principal,
    'the same object',
  );
  ended.set(accessKeyId, 'revoked');
  assert.match(
    await outcomeOf((async () => identity.byRegistryToken(basic(token), callFor()))()),
    /^registry-token-inv/,
  );
});

test('with a scope its principal carries the scope, as the same object while the owner is the same', async () => {
  const { identity } = sampleSite();
  const scope = { policies: ['{"Statement":[]}'] };
  const { token } = identity.tokens.registryToken(caller, hourMs, scope);
  const proved = await identity.byRegistryToken(basic(token), callFor());
  assert.deepEqual(proved.principal.session?.scope, scope.policies);
  assert.equal(proved.principal.principalId, principal.principalId);
  assert.equal((await identity.byRegistryToken(basic(token), callFor())).principal, proved.principal);
});
