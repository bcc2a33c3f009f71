// The decision, sentence by sentence of iam.md §2, where identity and resource policies meet.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '#core/caller.ts';
import { evaluate, type PolicySet } from './evaluate.ts';
import {
  accountId,
  alice,
  aliceArn,
  allowAll,
  builder,
  denyAll,
  fay,
  federatedArn,
  foreignRepository,
  grantTo,
  otherAccountId,
  policy,
  policyOf,
  replication,
  request,
  roleArn,
  root,
  rootArn,
  sessionArn,
} from './testing/principals.ts';

const decide = (principal: Principal, set: Partial<PolicySet>, changes: object = {}) =>
  evaluate(request({ principal, ...changes }), { identity: [], ...set });
const may = (principal: Principal, set: Partial<PolicySet>, changes: object = {}) =>
  decide(principal, set, changes).allowed;

const all = [policy('identity', allowAll)];
const none = [policy('identity', denyAll)];
const other = [policy('identity', { ...allowAll, Action: 'iam:*' })];
const denyOther = { ...denyAll, Action: 'iam:*' };
const resourceOf = (...statements: object[]) => ({ resource: policy('resource', ...statements) });

test('without any policy nothing is allowed', () => {
  assert.deepEqual(decide(alice, {}), { allowed: false, reason: 'implicit-deny', by: 'identity-based policy' });
});

test('an identity policy allows, and the decision names the statement', () => {
  const document = { Version: '2012-10-17', Statement: [denyOther, { ...allowAll, Sid: 'Everything' }] };
  const identity = [policyOf('identity', document, 'arn:aws:iam::aws:policy/P')];
  assert.deepEqual(decide(alice, { identity }), {
    allowed: true,
    reason: 'allowed',
    by: 'identity-based policy',
    statement: { policyName: 'arn:aws:iam::aws:policy/P', sid: 'Everything', index: 1 },
  });
});
test('actions compare without case, resources with it', () => {
  const statement = { ...allowAll, Action: 'ECR:batch*image', Resource: request().resource };
  assert.equal(may(alice, { identity: [policy('identity', statement)] }), true);
  const upper = { ...statement, Resource: request().resource.replace('web', 'Web') };
  assert.equal(may(alice, { identity: [policy('identity', upper)] }), false);
});

test('NotAction and NotResource mean everything else', () => {
  const notAction = policy('identity', { Effect: 'Allow', NotAction: ['ecr:BatchGetImage'], Resource: '*' });
  assert.equal(may(alice, { identity: [notAction] }), false);
  assert.equal(may(alice, { identity: [notAction] }, { action: 'ecr:PutImage' }), true);
  const elsewhere = { Effect: 'Allow', Action: '*', NotResource: request().resource };
  assert.equal(may(alice, { identity: [policy('identity', elsewhere)] }), false);
  assert.equal(may(alice, { identity: [policy('identity', elsewhere)] }, { resource: foreignRepository }), true);
});

const deniers: ReadonlyArray<readonly [by: string, set: Partial<PolicySet>]> = [
  ['identity-based policy', { identity: [...all, ...none] }],
  ['resource-based policy', resourceOf({ Effect: 'Deny', Principal: '*', Action: '*' })],
  ['permissions boundary', { boundary: [[...all, ...none]] }],
  ['session policy', { session: [[...all, ...none]] }],
  ['VPC endpoint policy', { endpoint: [[...all, ...none]] }],
  ['service control policy', { serviceControl: [[...all, ...none]] }],
  ['resource control policy', { resourceControl: [[...all, ...none]] }],
];
for (const [by, set] of deniers) {
  test(`explicit deny wins, for everybody, in a ${by}`, () => {
    for (const principal of [alice, builder, fay, root]) {
      const decision = decide(principal, { identity: all, ...set });
      assert.equal(decision.reason, 'explicit-deny');
      assert.equal(decision.by, by);
      assert.equal(decision.statement?.policyName, 'a-policy');
    }
  });
}

const limits: ReadonlyArray<readonly [member: keyof PolicySet, by: string]> = [
  ['boundary', 'permissions boundary'],
  ['session', 'session policy'],
  ['endpoint', 'VPC endpoint policy'],
  ['serviceControl', 'service control policy'],
  ['resourceControl', 'resource control policy'],
];
for (const [member, by] of limits) {
  test(`a ${by} that does not allow limits what identity policies allow, and grants nothing itself`, () => {
    assert.deepEqual(decide(alice, { identity: all, [member]: [other] }), {
      allowed: false,
      reason: 'implicit-deny',
      by,
    });
    assert.equal(decide(alice, { identity: all, [member]: [[]] }).by, by);
    assert.equal(may(alice, { identity: all, [member]: [all] }), true);
    assert.equal(may(alice, { [member]: [all] }), false);
    assert.equal(may(alice, { identity: all, [member]: [all, other] }), false, 'each level must allow');
  });
}

/** Who is named, who asks, and whether an implicit deny of each kind stops it: the table of iam.md §2. */
const table: ReadonlyArray<
  readonly [names: string, principal: Principal, named: unknown, identity: boolean, limit: boolean]
> = [
  ['a user', alice, { AWS: aliceArn }, false, false],
  ['a user by unique id', alice, { AWS: alice.principalId }, false, false],
  ['a role', builder, { AWS: roleArn }, false, true],
  ['a role by unique id', builder, { AWS: 'AROABUILDERBUILDER222' }, false, true],
  ['a role session', builder, { AWS: sessionArn }, false, false],
  ['a federated session', fay, { AWS: federatedArn }, false, false],
  ['everybody', alice, '*', false, false],
  ['everybody', builder, { AWS: '*' }, false, false],
  ['the account of a user', alice, { AWS: accountId }, true, true],
  ['the root of the account of a user', alice, { AWS: rootArn }, true, true],
  ['the account of a role', builder, { AWS: rootArn }, true, true],
];
for (const [names, principal, named, identityStops, limitStops] of table) {
  test(`a resource policy that names ${names} (${principal.kind})`, () => {
    const set = resourceOf(grantTo(named));
    assert.equal(may(principal, set), !identityStops, 'without identity policies');
    assert.equal(may(principal, { ...set, identity: all, boundary: [other] }), !limitStops, 'beside a boundary');
    assert.equal(may(principal, { ...set, identity: all, session: [other] }), !limitStops, 'beside a session policy');
    assert.equal(may(principal, { ...set, identity: all, endpoint: [other] }), false, 'through an endpoint');
    assert.equal(may(principal, { ...set, identity: all, serviceControl: [other] }), false, 'under a control policy');
    assert.equal(may(principal, { ...set, identity: all, resourceControl: [other] }), false, 'under another');
  });
}

const strangers: readonly unknown[] = [
  { AWS: otherAccountId },
  { AWS: aliceArn.replace('alice', 'bob') },
  { AWS: aliceArn.replace('team/', '') },
  { AWS: aliceArn.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam').replace('USER', 'user') },
  { AWS: aliceArn.replace(accountId, otherAccountId) },
  { AWS: 'AIDAOTHEROTHEROTHER22' },
  { Service: 'ecr.amazonaws.com' },
];
for (const named of strangers) {
  test(`a resource policy for ${JSON.stringify(named)} does not speak of alice`, () => {
    assert.equal(may(alice, resourceOf(grantTo(named))), false);
  });
}

test('a role of the same name in another account, another role and another session are strangers', () => {
  for (const named of [roleArn.replace(accountId, otherAccountId), `${roleArn}2`, `${sessionArn}1`]) {
    assert.equal(may(builder, resourceOf(grantTo({ AWS: named }))), false, named);
  }
});

test('the stronger of two statements counts, whichever comes first', () => {
  const [weak, strong] = [grantTo({ AWS: roleArn }), grantTo({ AWS: sessionArn })];
  for (const statements of [
    [weak, strong],
    [strong, weak],
  ]) {
    assert.equal(may(builder, { ...resourceOf(...statements), boundary: [other] }), true);
  }
});

test('NotPrincipal speaks of everybody else', () => {
  const deny = { Effect: 'Deny', NotPrincipal: { AWS: [aliceArn, rootArn] }, Action: '*' };
  assert.equal(may(alice, { identity: all, ...resourceOf(deny) }), true);
  const bySession = { ...deny, NotPrincipal: { AWS: sessionArn } };
  assert.equal(may(builder, { identity: all, ...resourceOf(bySession) }), true);
  assert.equal(may(alice, { identity: all, ...resourceOf(bySession) }), false);
  const foreign = { ...deny, NotPrincipal: { AWS: otherAccountId } };
  assert.equal(may(builder, { identity: all, ...resourceOf(foreign) }), false);
});

test('a Deny that names the account stops all its principals', () => {
  const deny = { Effect: 'Deny', Principal: { AWS: accountId }, Action: '*' };
  for (const principal of [alice, builder, fay, root]) {
    assert.equal(may(principal, { identity: all, ...resourceOf(deny) }), false);
  }
});

test('root is allowed by default, whatever boundary there is, but not past guardrails', () => {
  assert.deepEqual(decide(root, {}), { allowed: true, reason: 'allowed', by: 'identity-based policy' });
  assert.equal(may(root, { boundary: [other], ...resourceOf(grantTo({ AWS: otherAccountId })) }), true);
  assert.equal(may(root, { serviceControl: [other] }), false);
  assert.equal(may(root, { resourceControl: [other] }), false);
});

test('a federated user without a session policy gets nothing from the identity side', () => {
  assert.deepEqual(decide(fay, { identity: all }), { allowed: false, reason: 'implicit-deny', by: 'session policy' });
  assert.equal(may(fay, { identity: all, session: [all] }), true);
  assert.equal(may(fay, { identity: all, session: [other] }), false);
});

test('a service is allowed by the resource policy alone', () => {
  const named = { Service: replication.arn };
  assert.equal(may(replication, { identity: all }), false);
  assert.equal(may(replication, resourceOf(grantTo(named))), true);
  assert.equal(may(replication, resourceOf(grantTo(named)), { resourceAccountId: otherAccountId }), true);
  assert.equal(may(replication, resourceOf(grantTo({ AWS: accountId }))), false);
  assert.equal(may(alice, resourceOf(grantTo(named))), false);
});

const across = { resource: foreignRepository, resourceAccountId: otherAccountId };

test('across accounts both sides must allow', () => {
  for (const named of [{ AWS: aliceArn }, { AWS: accountId }, { AWS: rootArn }, '*']) {
    const set = resourceOf(grantTo(named));
    assert.equal(decide(alice, { identity: all, ...set }, across).by, 'resource-based policy');
    assert.equal(may(alice, { identity: all, ...set }, across), true);
    assert.equal(decide(alice, set, across).by, 'identity-based policy');
    assert.equal(may(alice, set, across), false);
    assert.equal(decide(alice, { identity: all, ...set, boundary: [other] }, across).by, 'permissions boundary');
    assert.equal(decide(alice, { identity: all, ...set, session: [other] }, across).by, 'session policy');
  }
});

test('across accounts an identity policy alone is not enough, nor is being root', () => {
  assert.deepEqual(decide(alice, { identity: all }, across), {
    allowed: false,
    reason: 'implicit-deny',
    by: 'resource-based policy',
  });
  assert.equal(may(root, {}, across), false);
  assert.equal(may(root, resourceOf(grantTo({ AWS: accountId })), across), true);
  assert.equal(may(alice, { identity: all, ...resourceOf(grantTo({ AWS: otherAccountId })) }, across), false);
});

test('without an owner the resource belongs to the principal', () => {
  const { resourceAccountId: _, ...mine } = request();
  assert.equal(evaluate({ ...mine, resource: '*' }, { identity: all }).allowed, true);
});

test('a trust or key policy must allow even within its account', () => {
  const must = { identity: all, resourceMustAllow: true };
  assert.equal(decide(alice, must).by, 'resource-based policy');
  assert.equal(may(root, must), false);
  assert.equal(may(alice, { ...must, ...resourceOf(grantTo({ AWS: accountId })) }), true);
  assert.equal(may(alice, { ...must, identity: [], ...resourceOf(grantTo({ AWS: accountId })) }), false);
  assert.equal(may(alice, { ...must, identity: [], ...resourceOf(grantTo({ AWS: aliceArn })) }), true);
});

test('a pattern for repositories does not cover the resource of an action without one', () => {
  const identity = [policy('identity', { ...allowAll, Resource: 'arn:aws:ecr:*:*:repository/*' })];
  assert.equal(may(alice, { identity }, { action: 'ecr:GetAuthorizationToken', resource: '*' }), false);
});

test('a resource policy with Resource is limited to it', () => {
  const set = resourceOf(grantTo('*', { Resource: foreignRepository }));
  assert.equal(may(alice, set), false);
});
