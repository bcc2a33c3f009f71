// The text of every kind of denial (iam.md §2).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyType } from './decision.ts';
import { denialText } from './explain.ts';
import { alice, aliceArn, repository, webIdentity } from './testing/principals.ts';

const request = { action: 'ecr:PutImage', resource: repository, principal: alice };
const opening = `User: ${aliceArn} is not authorized to perform: ecr:PutImage on resource: ${repository}`;

const types: ReadonlyArray<readonly [by: PolicyType, article: string]> = [
  ['identity-based policy', 'an'],
  ['resource-based policy', 'a'],
  ['permissions boundary', 'a'],
  ['session policy', 'a'],
  ['service control policy', 'a'],
  ['resource control policy', 'a'],
  ['VPC endpoint policy', 'a'],
];

for (const [by, article] of types) {
  test(`no ${by} allows, and an explicit deny in ${article} ${by}`, () => {
    const implicit = denialText(request, { allowed: false, reason: 'implicit-deny', by });
    assert.equal(implicit, `${opening} because no ${by} allows the ecr:PutImage action`);
    const explicit = denialText(request, { allowed: false, reason: 'explicit-deny', by });
    assert.equal(explicit, `${opening} with an explicit deny in ${article} ${by}`);
  });
}

test('the resource policy of a role is its trust policy', () => {
  const assume = { ...request, action: 'sts:AssumeRole' };
  const text = denialText(assume, { allowed: false, reason: 'implicit-deny', by: 'resource-based policy' });
  assert.match(text, / because no role trust policy allows the sts:AssumeRole action$/);
  const denied = denialText(assume, { allowed: false, reason: 'explicit-deny', by: 'resource-based policy' });
  assert.match(denied, / with an explicit deny in the role trust policy$/);
  const own = denialText(assume, { allowed: false, reason: 'implicit-deny', by: 'identity-based policy' });
  assert.match(own, / because no identity-based policy allows the sts:AssumeRole action$/);
});

test('who comes with the token of an identity provider is told no more than that', () => {
  const stranger = { ...request, action: 'sts:AssumeRoleWithWebIdentity', principal: webIdentity };
  const text = denialText(stranger, { allowed: false, reason: 'explicit-deny', by: 'resource-based policy' });
  assert.equal(text, 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
});
