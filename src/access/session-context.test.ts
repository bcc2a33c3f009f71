// What a session brings to the context: its role, its MFA, its age, and what it was made with (iam.md §3).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller, Principal, Session } from '#core/caller.ts';
import { type Need, need } from '#core/need.ts';
import { globalContext } from './context.ts';
import { callerOf, nowMs, session } from './testing/callers.ts';
import { alice, builder, fay, repository, roleArn, root, webIdentity } from './testing/principals.ts';

const pull = need('ecr:BatchGetImage', repository);

function valueOf(key: string, principal: Principal, more: Partial<Caller> = {}, asked: Need = pull) {
  return globalContext({ ...callerOf(principal), ...more }, {}, asked, nowMs).get(key);
}

const within = (principal: Principal, more: Partial<Session> = {}) => ({
  ...principal,
  session: { ...session, ...more },
});

test("aws:PrincipalArn of a session is the role's ARN with its path", () => {
  const role = { roleId: 'AROABUILDERBUILDER222', arn: roleArn, name: 'Builder' };
  assert.equal(valueOf('aws:principalarn', within(builder, { role })), roleArn);
});

test('aws:MultiFactorAuthPresent is there only with temporary credentials', () => {
  assert.equal(valueOf('aws:multifactorauthpresent', alice), undefined);
  assert.equal(valueOf('aws:multifactorauthpresent', within(alice)), 'false');
  assert.equal(valueOf('aws:multifactorauthpresent', within(alice, { mfaAtMs: nowMs })), 'true');
  assert.equal(valueOf('aws:multifactorauthpresent', within(root, { mfaAtMs: nowMs })), 'true');
});

test('a scoped registry token is as temporary as the credentials that made it', () => {
  const scope = ['{}'];
  assert.equal(valueOf('aws:multifactorauthpresent', within(alice, { scope })), undefined);
  const madeWith = ['AKIAIOSFODNN7EXAMPLE'];
  assert.equal(valueOf('aws:multifactorauthpresent', within(alice, { scope, madeWith })), 'false');
  assert.equal(valueOf('aws:multifactorauthpresent', within(alice, { scope, madeWith, mfaAtMs: nowMs })), 'true');
});

test('aws:MultiFactorAuthAge is there only if MFA was used, in whole seconds', () => {
  assert.equal(valueOf('aws:multifactorauthage', within(alice)), undefined);
  assert.equal(valueOf('aws:multifactorauthage', within(alice, { mfaAtMs: nowMs - 61_999 })), '61');
  assert.equal(valueOf('aws:multifactorauthage', within(alice, { mfaAtMs: nowMs + 5000 })), '0');
});

test("a role's session carries no MFA, whoever assumed it with a code", () => {
  const assumed = within(builder, { mfaAtMs: nowMs });
  assert.equal(valueOf('aws:multifactorauthpresent', assumed), 'false');
  assert.equal(valueOf('aws:multifactorauthage', assumed), undefined);
});

test('an operation that has checked a code now says so', () => {
  const context = { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' };
  const assume = { ...need('sts:AssumeRole', roleArn), context };
  assert.equal(valueOf('aws:multifactorauthpresent', alice, {}, assume), 'true');
  assert.equal(valueOf('aws:multifactorauthage', alice, {}, assume), '0');
});

test('aws:TokenIssueTime is that of the session, else of the registry token', () => {
  const tokenIssuedAtMs = nowMs - 1000;
  assert.equal(valueOf('aws:tokenissuetime', alice), undefined);
  assert.equal(valueOf('aws:tokenissuetime', alice, { tokenIssuedAtMs }), '2026-06-01T11:59:59.000Z');
  assert.equal(valueOf('aws:tokenissuetime', within(alice), { tokenIssuedAtMs }), '2026-06-01T11:59:00.000Z');
});

test('aws:SourceIdentity once it is set', () => {
  assert.equal(valueOf('aws:sourceidentity', within(builder)), undefined);
  assert.equal(valueOf('aws:sourceidentity', within(builder, { sourceIdentity: 'ann' })), 'ann');
});

test('aws:FederatedProvider of a web identity and of the session it becomes', () => {
  assert.equal(valueOf('aws:federatedprovider', webIdentity), webIdentity.arn);
  assert.equal(
    valueOf('aws:federatedprovider', within(builder, { federatedProvider: webIdentity.arn })),
    webIdentity.arn,
  );
  assert.equal(valueOf('aws:federatedprovider', fay), undefined);
});

test('claims stay with the session under their own keys, behind what the request says and every global key', () => {
  const conditionKeys = { 'idp.example.com:sub': 'job', 'idp.example.com:amr': ['a', 'b'], 'aws:username': 'root' };
  const keyed = within(builder, { conditionKeys });
  assert.equal(valueOf('idp.example.com:sub', keyed), 'job');
  assert.deepEqual(valueOf('idp.example.com:amr', keyed), ['a', 'b']);
  assert.equal(valueOf('aws:username', keyed), undefined);
  const asked = { ...pull, context: { 'idp.example.com:Sub': 'other' } };
  assert.equal(valueOf('idp.example.com:sub', keyed, {}, asked), 'other');
});
