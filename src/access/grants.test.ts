// What the grant of a resource decides: it stands for its policy's allow, and whatever denies or limits still counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '#core/caller.ts';
import { evaluate, type PolicySet } from './evaluate.ts';
import {
  alice,
  allowAll,
  builder,
  denyAll,
  grantTo,
  otherAccountId,
  policy,
  replication,
  request,
  rootArn,
} from './testing/principals.ts';

const may = (principal: Principal, set: Partial<PolicySet>, changes: object = {}) =>
  evaluate(request({ principal, granted: true, ...changes }), { identity: [], resourceMustAllow: true, ...set })
    .allowed;

const everything = [policy('identity', allowAll)];
const nothing = [policy('identity', { ...allowAll, Action: 'iam:*' })];
const denying = [policy('identity', denyAll)];

test('a grant is enough within the account, for users, sessions and services', () => {
  assert.equal(may(alice, {}), true);
  assert.equal(may(builder, {}), true);
  assert.equal(may(replication, {}), true);
  assert.equal(may(alice, {}, { granted: undefined }), false);
  // Beside a policy that only delegates to the account.
  assert.equal(may(alice, { resource: policy('resource', grantTo({ AWS: rootArn })) }), true);
});

test('an explicit deny beats a grant', () => {
  assert.equal(may(alice, { identity: denying }), false);
  assert.equal(may(alice, { resource: policy('resource', { ...grantTo('*'), Effect: 'Deny' }) }), false);
});

test('boundary, session policy and guardrails limit a grant', () => {
  for (const member of ['boundary', 'session', 'serviceControl', 'resourceControl', 'endpoint', 'scope'] as const) {
    assert.equal(may(alice, { [member]: [nothing] }), false, member);
    assert.equal(may(alice, { [member]: [everything] }), true, member);
  }
});

test('across accounts a grant needs the own account to allow too', () => {
  const resourceAccountId = otherAccountId;
  assert.equal(may(alice, {}, { resourceAccountId }), false);
  assert.equal(may(alice, { identity: everything }, { resourceAccountId }), true);
  assert.equal(may(alice, { identity: everything }, { resourceAccountId, granted: undefined }), false);
});

test('a grant to the account counts as its policy would that names the account', () => {
  const granted = 'account';
  assert.equal(may(alice, {}, { granted }), false);
  assert.equal(may(alice, { identity: everything }, { granted }), true);
  assert.equal(may(alice, { identity: everything }, { granted: undefined }), false);
  assert.equal(may(alice, { identity: everything, boundary: [nothing] }, { granted }), false);
  assert.equal(may(replication, { identity: everything }, { granted }), false);
  const resourceAccountId = otherAccountId;
  assert.equal(may(alice, {}, { granted, resourceAccountId }), false);
  assert.equal(may(alice, { identity: everything }, { granted, resourceAccountId }), true);
});
