// userIdentity of each kind of principal, as CloudTrail spells it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller, Principal, Session } from '#core/caller.ts';
import { accountId, sampleCall, sampleCaller } from './testing/sample-calls.ts';
import { userIdentityJson } from './user-identity.ts';

const begun: Session = { issuedAtMs: Date.UTC(2026, 10, 24, 12, 0, 0, 7), expiresAtMs: 0, sourceAddress: '192.0.2.1' };
const creationDate = '2026-11-24T12:00:00Z';

function identityOf(principal: Omit<Principal, 'accountId'>): Record<string, unknown> {
  const caller: Caller = { ...sampleCaller(sampleCall()), principal: { ...principal, accountId }, accessKeyId: 'ASIA' };
  return JSON.parse(userIdentityJson(caller)) as Record<string, unknown>;
}

test('a user has no session context with a long-term key, and its own with MFA in a session', () => {
  const user = { kind: 'user', arn: 'arn:user', principalId: 'AIDA', userName: 'ann' } as const;
  const identity = {
    type: 'IAMUser',
    principalId: 'AIDA',
    arn: 'arn:user',
    accountId,
    accessKeyId: 'ASIA',
    userName: 'ann',
  };
  assert.deepEqual(identityOf(user), identity);
  const attributes = { creationDate, mfaAuthenticated: 'true' };
  const session = { ...begun, mfaAtMs: 1 };
  assert.deepEqual(identityOf({ ...user, session }), { ...identity, sessionContext: { attributes } });
});

test('a role session names its role, who vouched for it, and its source identity', () => {
  const role = { roleId: 'AROA', arn: 'arn:role/x/Reader', name: 'Reader' };
  const session = { ...begun, role, sourceIdentity: 'ann', federatedProvider: 'arn:provider' };
  const { sessionContext } = identityOf({ kind: 'assumed-role', arn: 'arn:session', principalId: 'AROA:one', session });
  assert.deepEqual(sessionContext, {
    sessionIssuer: { type: 'Role', principalId: 'AROA', arn: role.arn, accountId, userName: 'Reader' },
    webIdFederationData: { federatedProvider: 'arn:provider', attributes: {} },
    attributes: { creationDate, mfaAuthenticated: 'false' },
    sourceIdentity: 'ann',
  });
});

test('a federated user names the user that it acts for, or root', () => {
  const federated = { kind: 'federated-user', arn: 'arn:federated', principalId: `${accountId}:bob` } as const;
  const user = { userId: 'AIDA', arn: 'arn:user', name: 'ann' };
  const issuerOf = (session: Session) => {
    const { sessionContext } = identityOf({ ...federated, session });
    return (sessionContext as { readonly sessionIssuer: unknown }).sessionIssuer;
  };
  const issuer = { type: 'IAMUser', principalId: 'AIDA', arn: 'arn:user', accountId, userName: 'ann' };
  assert.deepEqual(issuerOf({ ...begun, user }), issuer);
  const root = { type: 'Root', principalId: accountId, arn: `arn:aws:iam::${accountId}:root`, accountId };
  assert.deepEqual(issuerOf(begun), root);
});

test('the text is made once for a principal and a key', () => {
  const principal: Principal = { kind: 'user', accountId, arn: 'arn', principalId: 'AIDA', userName: 'ann' };
  const caller: Caller = { ...sampleCaller(sampleCall()), principal, accessKeyId: 'AKIA1' };
  assert.match(userIdentityJson(caller), /"AKIA1"/);
  assert.match(userIdentityJson({ ...caller, accessKeyId: 'AKIA2' }), /"AKIA2"/);
});
