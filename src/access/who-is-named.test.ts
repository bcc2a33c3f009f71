// Whom a resource policy names, where a session stands between: its role, its user, its provider (iam.md §1, §2).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '#core/caller.ts';
import { evaluate, type PolicySet } from './evaluate.ts';
import { session } from './testing/callers.ts';
import {
  accountId,
  alice,
  aliceArn,
  allowAll,
  builder,
  fay,
  federatedArn,
  grantTo,
  otherAccountId,
  policy,
  request,
  roleArn,
  sessionArn,
  webIdentity,
} from './testing/principals.ts';

const all = [policy('identity', allowAll)];
const other = [policy('identity', { ...allowAll, Action: 'iam:*' })];
const named = (...principals: unknown[]) => ({
  resource: policy('resource', ...principals.map((principal) => grantTo(principal))),
});

function may(principal: Principal, set: Partial<PolicySet>, changes: object = {}): boolean {
  return evaluate(request({ principal, ...changes }), { identity: [], ...set }).allowed;
}

const user = { userId: alice.principalId, arn: aliceArn, name: 'alice' };
const federated: Principal = { ...fay, session: { ...session, user } };

for (const name of [aliceArn, alice.principalId]) {
  test(`a federated session, where its user is named (${name}): boundary and session policy limit`, () => {
    const grant = named({ AWS: name });
    assert.equal(may(federated, { ...grant, session: [all] }), true, 'identity does not matter');
    assert.equal(may(federated, { ...grant, session: [other] }), false);
    assert.equal(may(federated, { ...grant, session: [all], boundary: [other] }), false);
    assert.equal(may(federated, grant), false, 'without a session policy it gets nothing of its user');
    assert.equal(may(fay, { ...grant, session: [all] }), false, 'another one of the same name');
  });
}

test('a federated session that is named itself needs nothing else', () => {
  assert.equal(may(federated, { ...named({ AWS: federatedArn }), session: [other], boundary: [other] }), true);
});

const role = { roleId: 'AROABUILDERBUILDER222', arn: roleArn, name: 'Builder' };
const assumed: Principal = { ...builder, session: { ...session, role } };

test('a role is named by its ARN with its path, and by nothing that only looks like it', () => {
  assert.equal(may(assumed, named({ AWS: roleArn })), true);
  for (const stranger of [roleArn.replace('ci/', ''), roleArn.replace('ci/', 'cd/'), roleArn.toLowerCase()]) {
    assert.equal(may(assumed, named({ AWS: stranger })), false, stranger);
  }
});

test('a session is named exactly: no other session of the role is meant', () => {
  assert.equal(may(assumed, { ...named({ AWS: sessionArn }), boundary: [other], session: [other] }), true);
  assert.equal(may({ ...assumed, arn: `${sessionArn}8` }, named({ AWS: sessionArn })), false);
});

test('a session by unique id is exact too', () => {
  const exact = named({ AWS: 'AROABUILDERBUILDER222:run-7' });
  assert.equal(may(assumed, { ...exact, session: [other] }), true);
  assert.equal(may({ ...assumed, principalId: 'AROABUILDERBUILDER222:run-8' }, exact), false);
});

test('temporary credentials of a user are the user: no limit of its own side matters where it is named', () => {
  const temporary: Principal = { ...alice, session };
  assert.equal(may(temporary, { ...named({ AWS: aliceArn }), session: [other], boundary: [other] }), true);
});

test('a web identity is named by its provider alone, or by *', () => {
  assert.equal(may(webIdentity, named({ Federated: webIdentity.arn })), true);
  assert.equal(may(webIdentity, named('*')), true);
  for (const stranger of [{ Federated: `${webIdentity.arn}2` }, { AWS: accountId }, { Service: 'ecr.amazonaws.com' }]) {
    assert.equal(may(webIdentity, named(stranger)), false, JSON.stringify(stranger));
  }
  assert.equal(may(webIdentity, { identity: all }), false, 'it has no policies of its own');
});

test('a statement may name principals of several types', () => {
  const both = named({ AWS: otherAccountId, Federated: webIdentity.arn });
  assert.equal(may(webIdentity, both), true);
  assert.equal(may(alice, both), false);
});

test('the scope of a token limits what names its owner, a session policy does not', () => {
  const grant = named({ AWS: aliceArn });
  assert.equal(may(alice, { ...grant, session: [other] }), true);
  assert.equal(may(alice, { ...grant, scope: [other] }), false);
  assert.equal(may(alice, { ...grant, scope: [all] }), true);
});
