// What each kind of credentials may never call.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from './account.ts';
import type { Principal, Session } from './caller.ts';
import { mayCallIam, mayCallSts } from './session-rules.ts';

const session: Session = { issuedAtMs: 0, expiresAtMs: 1, sourceAddress: '' };
const named = { accountId: '111122223333' as AccountId, arn: '', principalId: '' };
const longTerm: Principal = { ...named, kind: 'user' };
const own: Principal = { ...longTerm, session };
const ownWithMfa: Principal = { ...longTerm, session: { ...session, mfaAtMs: 0 } };
const ofRoot: Principal = { ...named, kind: 'root', session };
const role: Principal = { ...named, kind: 'assumed-role', session };
const federated: Principal = { ...named, kind: 'federated-user', session };

const everything = ['GetCallerIdentity', 'AssumeRole', 'GetSessionToken', 'GetFederationToken', 'GetAccessKeyInfo'];
const callable = (principal: Principal) => everything.filter((operation) => mayCallSts(principal, operation));

test('IAM: not federated users, nor sessions of a user or of root without MFA', () => {
  const may = [longTerm, own, ownWithMfa, ofRoot, role, federated].map(mayCallIam);
  assert.deepEqual(may, [true, false, true, false, true, false]);
});

test('STS: sessions of a user go on to a role, roles make no further kinds, federated users ask who they are', () => {
  assert.deepEqual(callable(longTerm), everything);
  for (const one of [own, ownWithMfa, ofRoot]) assert.deepEqual(callable(one), ['GetCallerIdentity', 'AssumeRole']);
  assert.deepEqual(callable(role), ['GetCallerIdentity', 'AssumeRole', 'GetAccessKeyInfo']);
  assert.deepEqual(callable(federated), ['GetCallerIdentity']);
});
