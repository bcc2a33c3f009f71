// The keys that a request's context provides, and which of them a kept decision may depend on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Region } from '#core/account.ts';
import type { Call, Caller, Principal } from '#core/caller.ts';
import { need } from '#core/need.ts';
import { conditionContext, globalContext } from './context.ts';
import { accountId, alice, builder, fay, otherAccountId, replication, repository, root } from './testing/principals.ts';

const call: Call = {
  requestId: '00000000-0000-4000-8000-000000000000',
  receivedAtMs: 0,
  sourceAddress: '192.0.2.7',
  secureTransport: true,
  userAgent: 'docker/27',
  host: 'localhost',
  registry: { accountId, region: 'us-east-1' as Region },
  neutralHost: true,
};

function callerOf(principal: Principal, changes: Partial<Call> = {}): Caller {
  return {
    principal,
    accountId: principal.accountId,
    region: 'eu-central-1' as Region,
    accessKeyId: 'AKIAEXAMPLEEXAMPLE22',
    credential: 'sigv4',
    call: { ...call, ...changes },
  };
}

const pull = need('ecr:BatchGetImage', repository);
const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const contextOf = (principal: Principal) => globalContext(callerOf(principal), {}, pull, nowMs);

const expected: ReadonlyArray<readonly [key: string, value: string]> = [
  ['aws:principalarn', alice.arn],
  ['aws:principalaccount', accountId],
  ['aws:principaltype', 'User'],
  ['aws:userid', alice.principalId],
  ['aws:username', 'alice'],
  ['aws:resourceaccount', accountId],
  ['aws:requestedregion', 'eu-central-1'],
  ['aws:currenttime', '2026-01-02T03:04:05.678Z'],
  ['aws:epochtime', '1767323045'],
  ['aws:securetransport', 'true'],
  ['aws:useragent', 'docker/27'],
  ['aws:sourceip', '192.0.2.7'],
  ['aws:viaawsservice', 'false'],
  ['aws:principalisawsservice', 'false'],
];
for (const [key, value] of expected) {
  test(`${key} of a user`, () => assert.equal(contextOf(alice).get(key), value));
}

test('a client that names no user agent has none', () => {
  const caller = callerOf(alice);
  const silent = { ...caller, call: { ...caller.call, userAgent: '' } };
  assert.equal(globalContext(silent, {}, pull, nowMs).get('aws:useragent'), undefined);
});

test('a session has the ARN of its role, and its session in the user id', () => {
  const context = contextOf(builder);
  assert.equal(context.get('aws:principalarn'), `arn:aws:iam::${accountId}:role/Builder`);
  assert.equal(context.get('aws:principaltype'), 'AssumedRole');
  assert.equal(context.get('aws:userid'), 'AROABUILDERBUILDER222:run-7');
  assert.equal(context.get('aws:username'), undefined);
});

test('root has its account for a user id and no user name', () => {
  assert.equal(contextOf(root).get('aws:userid'), accountId);
  assert.equal(contextOf(root).get('aws:principaltype'), 'Account');
  assert.equal(contextOf(root).get('aws:username'), undefined);
});

test('federated users and services say what they are', () => {
  assert.equal(contextOf(fay).get('aws:principaltype'), 'FederatedUser');
  assert.equal(contextOf(replication).get('aws:principalisawsservice'), 'true');
});

test('the owner of the resource, when it is another account', () => {
  const facts = { resourceAccountId: otherAccountId };
  assert.equal(globalContext(callerOf(alice), facts, pull, 0).get('aws:resourceaccount'), otherAccountId);
});

test('through a VPC endpoint there is no SourceIp, but its siblings', () => {
  const context = globalContext(callerOf(alice, { endpointId: 'vpce-1' }), {}, pull, 0);
  assert.equal(context.get('aws:sourceip'), undefined);
  assert.equal(context.get('aws:vpcsourceip'), '192.0.2.7');
  assert.equal(context.get('aws:sourcevpce'), 'vpce-1');
  assert.equal(contextOf(alice).get('aws:sourcevpce'), undefined);
});

test('resource tags under both names, their keys without case', () => {
  const context = globalContext(callerOf(alice), { resourceTags: { Team: 'Red' } }, pull, 0);
  assert.equal(context.get('aws:resourcetag/team'), 'Red');
  assert.equal(context.get('ecr:resourcetag/team'), 'Red');
  assert.equal(context.get('iam:resourcetag/team'), undefined);
  assert.equal(context.get('aws:resourcetag/other'), undefined);
  assert.equal(contextOf(alice).get('aws:resourcetag/team'), undefined);
});

test('tags that differ by nothing but case are all given', () => {
  const context = globalContext(callerOf(alice), { resourceTags: { Team: 'Red', team: 'blue' } }, pull, 0);
  assert.deepEqual(context.get('aws:resourcetag/team'), ['Red', 'blue']);
});

test('tags of the request', () => {
  const create = need('ecr:CreateRepository', repository, { requestTags: [{ Key: 'Team', Value: 'Red' }] });
  const context = globalContext(callerOf(alice), {}, create, 0);
  assert.equal(context.get('aws:requesttag/team'), 'Red');
  assert.deepEqual(context.get('aws:tagkeys'), ['Team']);
  assert.equal(contextOf(alice).get('aws:tagkeys'), undefined);
});

test('a need cannot replace a global key nor a tag of the resource', () => {
  const forged = { ...pull, context: { 'aws:username': 'root', 'aws:ResourceTag/team': 'red' } };
  const context = globalContext(callerOf(alice), {}, forged, 0);
  assert.equal(context.get('aws:username'), 'alice');
  assert.equal(context.get('aws:resourcetag/team'), undefined);
});

test('given values under any case, then the fallback', () => {
  const context = conditionContext({ 'AWS:UserName': 'eve' }, contextOf(alice));
  assert.equal(context.get('aws:username'), 'eve');
  assert.equal(context.get('aws:principaltype'), 'User');
  assert.equal(conditionContext({}).get('aws:username'), undefined);
});

test('the organisation of the principal and of the resource', () => {
  const [mine, theirs] = [
    { id: 'o-mine', path: 'o-mine/r-ab/ou-1/' },
    { id: 'o-theirs', path: 'o-theirs/r-cd/' },
  ];
  const facts = { principalOrganization: mine, resourceOrganization: theirs };
  const context = globalContext(callerOf(alice), facts, pull, 0);
  assert.equal(context.get('aws:principalorgid'), 'o-mine');
  assert.deepEqual(context.get('aws:principalorgpaths'), ['o-mine/r-ab/ou-1/']);
  assert.equal(context.get('aws:resourceorgid'), 'o-theirs');
  assert.deepEqual(context.get('aws:resourceorgpaths'), ['o-theirs/r-cd/']);
  for (const key of ['principalorgid', 'principalorgpaths', 'resourceorgid', 'resourceorgpaths']) {
    assert.equal(contextOf(alice).get(`aws:${key}`), undefined, 'outside of an organisation');
  }
});

test('tags of the principal', () => {
  const context = globalContext(callerOf(alice), { principalTags: { Team: 'Red' } }, pull, 0);
  assert.equal(context.get('aws:principaltag/team'), 'Red');
  assert.equal(context.get('aws:principaltag/other'), undefined);
  assert.equal(contextOf(alice).get('aws:principaltag/team'), undefined);
});
