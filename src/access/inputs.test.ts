// What applies to whom: guardrails and who is exempt, endpoints, the scope of tokens, trust, and roles that are passed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '#core/caller.ts';
import { type Need, need, passRole } from '#core/need.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import { type Applying, applyingTo } from './applying.ts';
import { openDecisions } from './decisions.ts';
import { applyingOf, callerOf, documentOf, guardrailsOf, nowMs, session } from './testing/callers.ts';
import {
  accountId,
  alice,
  aliceArn,
  allowAll,
  builder,
  denyAll,
  fay,
  foreignRepository,
  grantTo,
  otherAccountId,
  replication,
  repository,
  roleArn,
  root,
  webIdentity,
} from './testing/principals.ts';

const pull = need('ecr:BatchGetImage', repository);

function decide(principal: Principal, changes: Partial<Applying> = {}, asked: Need = pull) {
  return openDecisions()(callerOf(principal), asked, applyingOf(changes), nowMs);
}

const noEcr = documentOf(allowAll, { ...denyAll, Action: 'ecr:*' });
const onlyIam = documentOf({ ...allowAll, Action: 'iam:*' });
const linked: Principal = {
  ...builder,
  session: {
    ...session,
    role: { roleId: 'AROALINKEDLINKEDLINK', arn: roleArn.replace('ci', 'aws-service-role/ecr'), name: 'Builder' },
  },
};
const everybody = { accountId, policy: documentOf(grantTo('*')), tags: {} };

for (const principal of [alice, builder, root]) {
  test(`service control policies of every level limit a ${principal.kind}`, () => {
    const denied = decide(principal, {
      guardrails: guardrailsOf({ serviceControl: [[documentOf(allowAll)], [noEcr]] }),
    });
    assert.deepEqual([denied.reason, denied.by], ['explicit-deny', 'service control policy']);
    const silent = decide(principal, {
      guardrails: guardrailsOf({ serviceControl: [[onlyIam], [documentOf(allowAll)]] }),
    });
    assert.deepEqual([silent.reason, silent.by], ['implicit-deny', 'service control policy']);
  });
}

test('service control policies limit neither roles linked to a service, nor services, nor web identities', () => {
  const guardrails = guardrailsOf({ serviceControl: [[noEcr]] });
  assert.equal(decide(linked, { guardrails }).allowed, true);
  assert.equal(decide(builder, { guardrails }).allowed, false);
  for (const stranger of [replication, webIdentity]) {
    assert.equal(decide(stranger, { guardrails, resource: everybody }).allowed, true, stranger.kind);
  }
});

const wall = documentOf({ Effect: 'Deny', Principal: '*', Action: ['ecr:*', 'sts:*'], Resource: '*' });

test("resource control policies of the resource's account stop everybody, whatever else allows", () => {
  const resourceGuardrails = guardrailsOf({ resourceControl: [[], [wall]] });
  for (const principal of [alice, builder, root, fay, replication]) {
    const { reason, by } = decide(principal, { resourceGuardrails, resource: everybody });
    assert.deepEqual([reason, by], ['explicit-deny', 'resource control policy'], principal.kind);
  }
  assert.equal(decide(linked, { resourceGuardrails }).allowed, true, 'but roles linked to a service');
  assert.equal(decide(alice, { guardrails: resourceGuardrails }).allowed, true, 'not those of the caller');
});

test('resource control policies say nothing of services that do not know them', () => {
  const resourceGuardrails = guardrailsOf({
    resourceControl: [[documentOf({ Effect: 'Deny', Principal: '*', Action: 'iam:*', Resource: '*' })]],
  });
  const asked = need('iam:CreateUser', `arn:aws:iam::${accountId}:user/bob`);
  assert.equal(decide(alice, { resourceGuardrails }, asked).allowed, true);
});

test('resource control policies that are silent allow: full access stays at every level', () => {
  const other = documentOf({ Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' });
  assert.equal(decide(alice, { resourceGuardrails: guardrailsOf({ resourceControl: [[other], []] }) }).allowed, true);
});

test('aws:PrincipalOrgID and aws:ResourceOrgID fence a resource in', () => {
  const mine = guardrailsOf({});
  const inside = { StringEquals: { 'aws:PrincipalOrgID': '${aws:ResourceOrgID}' } };
  const resource = { accountId: otherAccountId, policy: documentOf(grantTo('*', { Condition: inside })), tags: {} };
  const across = need('ecr:BatchGetImage', foreignRepository);
  assert.equal(decide(alice, { resource, guardrails: mine, resourceGuardrails: mine }, across).allowed, true);
  assert.equal(decide(alice, { resource, guardrails: undefined, resourceGuardrails: mine }, across).allowed, false);
});

test('an endpoint policy is one more gate, and brings the VPC', () => {
  const inVpc = { StringEquals: { 'aws:SourceVpc': 'vpc-1' } };
  const policy = documentOf({ Effect: 'Allow', Principal: '*', Action: 'ecr:*', Resource: '*', Condition: inVpc });
  assert.equal(decide(alice, { endpoint: { policy, vpcId: 'vpc-1' } }).allowed, true);
  const stopped = decide(alice, { endpoint: { policy, vpcId: 'vpc-2' }, resource: everybody });
  assert.deepEqual([stopped.reason, stopped.by], ['implicit-deny', 'VPC endpoint policy']);
});

test('the scope of a token limits even what a resource policy grants to its owner by name', () => {
  const resource = { accountId, policy: documentOf(grantTo({ AWS: aliceArn })), tags: {} };
  assert.equal(decide(alice, { resource }).allowed, true);
  const scoped = decide(alice, { resource, scope: [[documentOf({ ...allowAll, Action: 'ecr:PutImage' })]] });
  assert.deepEqual([scoped.reason, scoped.by], ['implicit-deny', 'session policy']);
  assert.equal(decide(alice, { resource, scope: [[documentOf(allowAll)]] }).allowed, true);
});

const assume = need('sts:AssumeRole', roleArn);

test('a role is assumed only if its trust policy allows it, and nobody assumes one that is not there', () => {
  const trusting = (who: object) => ({
    accountId,
    policy: documentOf({ Effect: 'Allow', Principal: who, Action: 'sts:AssumeRole' }),
    mustAllow: true,
    tags: {},
  });
  assert.equal(decide(alice, { resource: trusting({ AWS: accountId }) }, assume).allowed, true);
  assert.equal(decide(alice, { resource: trusting({ AWS: otherAccountId }) }, assume).by, 'resource-based policy');
  assert.equal(decide(alice, { resource: undefined }, assume).by, 'resource-based policy');
});

test('a web identity is trusted by its provider and claims', () => {
  const sub = { StringEquals: { 'idp.example.com:sub': 'job' } };
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: webIdentity.arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: sub,
  };
  const resource = { accountId, policy: documentOf(statement), mustAllow: true, tags: {} };
  const asked = (claim: string) => ({
    ...need('sts:AssumeRoleWithWebIdentity', roleArn),
    context: { 'idp.example.com:sub': claim },
  });
  const nobody = { identity: [], tags: {} };
  assert.equal(decide(webIdentity, { principal: nobody, resource }, asked('job')).allowed, true);
  assert.equal(decide(webIdentity, { principal: nobody, resource }, asked('other')).allowed, false);
  assert.equal(decide({ ...webIdentity, arn: `${webIdentity.arn}2` }, { resource }, asked('job')).allowed, false);
});

test('to pass a role needs iam:PassRole for it and for the service, in its own account', () => {
  const service = 'pullthroughcache.ecr.amazonaws.com';
  const toIt = {
    StringEquals: { 'iam:PassedToService': service },
    ArnLike: { 'iam:AssociatedResourceArn': `${repository}*` },
  };
  const identity = [documentOf({ Effect: 'Allow', Action: 'iam:PassRole', Resource: roleArn, Condition: toIt })];
  const principal = { identity, tags: {} };
  assert.equal(decide(alice, { principal }, passRole(roleArn, service, repository)).allowed, true);
  assert.equal(decide(alice, { principal }, passRole(roleArn, service)).allowed, false);
  assert.equal(decide(alice, { principal }, passRole(roleArn, 'ecs.amazonaws.com', repository)).allowed, false);
  assert.equal(decide(alice, { principal }, passRole(`${roleArn}2`, service, repository)).allowed, false);
  const foreign = passRole(roleArn.replace(accountId, otherAccountId), service);
  assert.equal(decide(alice, {}, foreign).by, 'resource-based policy');
});

test('everything that applies is asked once, each of whom it belongs to', async () => {
  const facts = { identity: [], tags: {} };
  const endpoint = { policy: documentOf(allowAll), vpcId: 'vpc-1' };
  const [mine, theirs] = [guardrailsOf({}), guardrailsOf({})];
  const source: PolicySource = {
    ofPrincipal: () => facts,
    ofResource: async () => ({ accountId: otherAccountId, policy: undefined, tags: {} }),
    guardrailsOf: (account) => (account === accountId ? mine : theirs),
    ofEndpoint: (id) => (id === 'vpce-1' ? endpoint : undefined),
  };
  const scoped = { ...alice, session: { ...session, scope: ['{}'] } };
  const caller = callerOf(scoped, { endpointId: 'vpce-1' });
  const applying = await applyingTo(source, caller, need('ecr:BatchGetImage', foreignRepository));
  assert.equal(applying.principal, facts);
  assert.equal(applying.endpoint, endpoint);
  assert.equal(applying.guardrails, mine);
  assert.equal(applying.resourceGuardrails, theirs);
  assert.equal(applying.scope?.[0]?.[0]?.text, '{}');
  const again = await applyingTo(source, caller, pull);
  assert.equal(again.scope, applying.scope);
});

test('nothing comes through an endpoint that is gone', () => {
  const facts = applyingOf().principal;
  const source: PolicySource = { ofPrincipal: () => facts, ofResource: () => undefined, ofEndpoint: () => undefined };
  const caller = callerOf(alice, { endpointId: 'vpce-gone' });
  const applying = applyingTo(source, caller, pull);
  assert.ok(!(applying instanceof Promise));
  assert.equal(openDecisions()(caller, pull, applying, nowMs).by, 'VPC endpoint policy');
});
