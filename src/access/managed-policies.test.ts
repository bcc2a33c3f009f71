// The managed policies: each is a policy, and allows what iam.md §4 says and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from './compile.ts';
import { conditionContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { managedPolicies } from './managed-policies.ts';
import { parsePolicy } from './parse.ts';
import { request } from './testing/principals.ts';

const pull = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const push = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'];
const describe = ['ecr:BatchCheckLayerAvailability', 'ecr:DescribeImages', 'ecr:ListImages', 'ecr:GetLifecyclePolicy'];
const administer = ['ecr:DeleteRepository', 'ecr:SetRepositoryPolicy', 'ecr:BatchDeleteImage', 'ecr:PutRegistryPolicy'];
const elsewhere = ['iam:CreateUser', 'sts:AssumeRole'];

const expected: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: [...pull, ...push, ...describe, ...administer, ...elsewhere],
  AmazonEC2ContainerRegistryFullAccess: [...pull, ...push, ...describe, ...administer],
  AmazonEC2ContainerRegistryPowerUser: [...pull, ...push, ...describe],
  AmazonEC2ContainerRegistryReadOnly: [...pull, ...describe],
  AmazonEC2ContainerRegistryPullOnly: pull,
};

test('there are these five, under their ARNs', () => {
  assert.deepEqual([...managedPolicies.keys()].sort(), Object.keys(expected).map(arnOf).sort());
});

const arnOf = (name: string) => `arn:aws:iam::aws:policy/${name}`;

for (const [name, actions] of Object.entries(expected)) {
  test(`${name} allows what it should`, () => {
    const managed = managedPolicies.get(arnOf(name));
    assert.ok(managed !== undefined);
    assert.equal(managed.name, name);
    assert.ok(managed.description.length > 0);
    const identity = [compilePolicy(parsePolicy(managed.document, 'identity'), managed.arn)];
    for (const action of [...pull, ...push, ...describe, ...administer, ...elsewhere]) {
      assert.equal(evaluate(request({ action }), { identity }).allowed, actions.includes(action), action);
    }
  });
}

test('full access may make the role for replication, and no other', () => {
  const managed = managedPolicies.get(arnOf('AmazonEC2ContainerRegistryFullAccess'));
  assert.ok(managed !== undefined);
  const identity = [compilePolicy(parsePolicy(managed.document, 'identity'), managed.arn)];
  const may = (service: string) => {
    const context = conditionContext({ 'iam:AWSServiceName': service });
    return evaluate(request({ action: 'iam:CreateServiceLinkedRole', resource: '*', context }), { identity }).allowed;
  };
  assert.equal(may('replication.ecr.amazonaws.com'), true);
  assert.equal(may('ecs.amazonaws.com'), false);
});
