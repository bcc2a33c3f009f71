// Decision trees: what each type of policy said, and the changes that together would allow, in order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppliedDocuments, PlacedDocument } from '../inputs.ts';
import type { PolicyKind } from '../policy.ts';
import { accountId, alice, aliceArn, builder, otherAccountId, request } from '../testing/principals.ts';
import { traceDecision } from './trace.ts';

const place = (name: string, kind: PolicyKind, ...Statement: readonly object[]): PlacedDocument => ({
  document: { name, text: JSON.stringify({ Version: '2012-10-17', Statement }) },
  kind,
});
const allow = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
const deny = (Action: string) => ({ Effect: 'Deny', Action, Resource: '*' });
const documents = (given: Partial<AppliedDocuments>): AppliedDocuments => ({
  ...{ identity: [], resource: undefined, resourceMustAllow: false, limits: {} },
  ...given,
});
const { action, resource } = request();

test('every layer that has to change is named, once, in the order in which it decides', () => {
  const tree = traceDecision(
    request(),
    documents({
      identity: [place('mine', 'identity', deny('*'))],
      limits: {
        boundary: [[place('arn:aws:iam::aws:policy/bound', 'identity', allow('s3:*'))]],
        serviceControl: [
          [place('root', 'service-control', allow('*'))],
          [place('unit', 'service-control', allow('s3:*'))],
        ],
      },
    }),
  );
  assert.deepEqual(
    tree.changes.map(({ kind, policyType, policyName }) => [kind, policyType, policyName]),
    [
      ['change-statement', 'identity-based policy', 'mine'],
      ['add-statement', 'service control policy', 'unit'],
      ['add-statement', 'identity-based policy', undefined],
      ['add-statement', 'permissions boundary', 'arn:aws:iam::aws:policy/bound'],
    ],
  );
  assert.deepEqual(JSON.parse(tree.changes[2]?.statement ?? ''), {
    Effect: 'Allow',
    Action: action,
    Resource: resource,
  });
  assert.deepEqual(tree.policies.map(({ type, level, effect }) => `${type} ${level} ${effect}`).toSorted(), [
    'identity-based policy 0 denies',
    'permissions boundary 0 neither',
    'service control policy 0 allows',
    'service control policy 1 neither',
  ]);
});

test('of another account both sides have to allow, and the resource names the caller', () => {
  const foreign = 'arn:aws:ecr:us-east-1:444455556666:repository/app';
  const tree = traceDecision(request({ resource: foreign, resourceAccountId: otherAccountId }), documents({}));
  assert.deepEqual(
    tree.changes.map(({ policyType, owner }) => [policyType, owner]),
    [
      ['resource-based policy', foreign],
      ['identity-based policy', aliceArn],
    ],
  );
  const statement = JSON.parse(tree.changes[0]?.statement ?? '') as object;
  assert.deepEqual(statement, { Effect: 'Allow', Principal: { AWS: aliceArn }, Action: action });
});

test('a session is named by its role, and its own policy is one of what limits', () => {
  const tree = traceDecision(
    request({ principal: builder }),
    documents({
      identity: [place('all', 'identity', allow('*'))],
      limits: { session: [[place('session policy', 'identity', allow('s3:*'))]] },
    }),
  );
  const [change, ...more] = tree.changes;
  assert.deepEqual([change?.policyType, change?.owner, more], ['session policy', builder.arn, []]);
});

test('a role must be trusted by its own policy, whatever its account allows', () => {
  const tree = traceDecision(
    request({ action: 'sts:AssumeRole', resource: `arn:aws:iam::${accountId}:role/ci` }),
    documents({ identity: [place('all', 'identity', allow('*'))], resourceMustAllow: true }),
  );
  assert.deepEqual(
    tree.changes.map(({ policyType }) => policyType),
    ['resource-based policy'],
  );
});

test('what is allowed needs no change, and a document that is no policy is shown as that', () => {
  const broken: PlacedDocument = { document: { name: 'broken', text: '{' }, kind: 'identity' };
  const tree = traceDecision(request(), documents({ identity: [broken, place('all', 'identity', allow('*'))] }));
  assert.deepEqual([tree.reason, tree.changes], ['allowed', []]);
  assert.match(tree.policies[0]?.problem ?? '', /./);
});

test('both values of a condition, with variables filled in', () => {
  const Condition = { StringEquals: { 'aws:ResourceTag/owner': '${aws:username}' }, Bool: { 'aws:Nothing': 'true' } };
  const context = { get: (key: string) => ({ 'aws:resourcetag/owner': 'bob', 'aws:username': 'alice' })[key] };
  const own = place('own', 'identity', allow('*', { Condition }));
  const tree = traceDecision(request({ principal: alice, context }), documents({ identity: [own] }));
  const [statement] = tree.policies[0]?.statements ?? [];
  assert.deepEqual(
    statement?.mismatches.map(({ key, wanted, found }) => [key, wanted, found]),
    [
      ['aws:ResourceTag/owner', ['${aws:username} = alice'], ['bob']],
      ['aws:Nothing', ['true'], []],
    ],
  );
});

test('a tree stays bounded, and keeps what matched', () => {
  const many = Array.from({ length: 300 }, (_, index) => allow(`s3:Get${index}`));
  const matching = { ...allow('*'), Sid: 'Last' };
  const tree = traceDecision(request(), documents({ identity: [place('many', 'identity', ...many, matching)] }));
  const [policy] = tree.policies;
  assert.deepEqual([policy?.statements.length, policy?.omitted], [50, 251]);
  assert.ok(policy?.statements.some(({ sid, matched }) => sid === 'Last' && matched));
});
