// The token that docker logs in with: what it looks like to every client that takes it apart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '#core/limits.ts';
import { openEcr } from './testing/house.ts';

test('one entry for the own registry, a password without colon, an address with scheme', async () => {
  const ecr = await openEcr();
  const { authorizationData = [] } = await ecr.call('GetAuthorizationToken', {});
  assert.equal(authorizationData.length, 1);
  const [entry] = authorizationData;
  const parts = Buffer.from(entry?.authorizationToken ?? '', 'base64')
    .toString()
    .split(':');
  assert.equal(parts.length, 2);
  assert.equal(parts[0], 'AWS');
  assert.equal(entry?.expiresAt?.getTime(), ecr.clock.nowMs() + limits.registryTokenLifeMs);
  assert.equal(entry?.proxyEndpoint, 'https://123456789012.dkr.ecr.us-east-1.example');
});

test('one entry per registry asked for', async () => {
  const ecr = await openEcr();
  const registryIds = ['123456789012', '210987654321'];
  const { authorizationData = [] } = await ecr.call('GetAuthorizationToken', { registryIds });
  assert.deepEqual(
    authorizationData.map(({ proxyEndpoint }) => proxyEndpoint),
    registryIds.map((id) => `https://${id}.dkr.ecr.us-east-1.example`),
  );
});

test('it needs no repository, and the audit record keeps nothing of it', async () => {
  const ecr = await openEcr();
  assert.deepEqual(ecr.needs('GetAuthorizationToken', {}), [
    { action: 'ecr:GetAuthorizationToken', resource: '*', context: { 'sallyport:TokenLifeSeconds': '60' } },
  ]);
  assert.deepEqual(ecr.audited('GetAuthorizationToken', {}), { request: null, response: null });
});
