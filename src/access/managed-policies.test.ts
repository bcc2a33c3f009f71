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
const readIam = ['iam:GetUser', 'iam:ListRoles'];
const changeIam = ['iam:CreateUser', 'iam:PutUserPolicy'];
const elsewhere = ['sts:AssumeRole', 'kms:CreateKey', 'kms:ScheduleKeyDeletion', 'cloudtrail:LookupEvents'];
const scans = ['inspector2:ListFindings', 'inspector2:Enable'];
const all = [...pull, ...push, ...describe, ...administer, ...readIam, ...changeIam, ...elsewhere, ...scans];

const expected: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: all,
  PowerUserAccess: all.filter((action) => !action.startsWith('iam:') || action === 'iam:ListRoles'),
  ReadOnlyAccess: [...pull, ...describe, ...readIam, 'cloudtrail:LookupEvents', 'inspector2:ListFindings'],
  SecurityAudit: [
    ...['ecr:DescribeImages', 'ecr:ListImages', 'ecr:GetLifecyclePolicy'],
    ...[...readIam, 'cloudtrail:LookupEvents', 'inspector2:ListFindings'],
  ],
  AmazonEC2ContainerRegistryFullAccess: [...pull, ...push, ...describe, ...administer, 'cloudtrail:LookupEvents'],
  AmazonEC2ContainerRegistryPowerUser: [...pull, ...push, ...describe],
  AmazonEC2ContainerRegistryReadOnly: [...pull, ...describe],
  AmazonEC2ContainerRegistryPullOnly: pull,
  AWSKeyManagementServicePowerUser: ['iam:ListRoles', 'kms:CreateKey'],
  AWSCloudTrail_ReadOnlyAccess: ['cloudtrail:LookupEvents'],
  AmazonInspector2ReadOnlyAccess: ['inspector2:ListFindings'],
  IAMFullAccess: [...readIam, ...changeIam],
  IAMReadOnlyAccess: readIam,
};

const arnOf = (name: string) => `arn:aws:iam::aws:policy/${name}`;

for (const [name, actions] of Object.entries(expected)) {
  test(`${name} allows what it should`, () => {
    const managed = managedPolicies.get(arnOf(name));
    assert.ok(managed !== undefined);
    assert.equal(managed.name, name);
    const identity = [compilePolicy(parsePolicy(managed.document, 'identity'), managed.arn)];
    for (const action of all) {
      assert.equal(evaluate(request({ action }), { identity }).allowed, actions.includes(action), action);
    }
  });
}

test('each is a policy with an id, a version and dates of its own', () => {
  assert.equal(managedPolicies.size, 38);
  assert.equal(new Set([...managedPolicies.values()].map(({ id }) => id)).size, 38);
  for (const [arn, policy] of managedPolicies) {
    assert.equal(arn, `arn:aws:iam::aws:policy${policy.path}${policy.name}`);
    assert.match(policy.path, /^\/(?:aws-service-role\/)?$/);
    assert.match(policy.id, /^ANPA[A-Z2-7]{17}$/);
    assert.match(policy.defaultVersionId, /^v[1-9]\d*$/);
    assert.ok(policy.createdAt <= policy.updatedAt && policy.updatedAt.getTime() > 0, policy.name);
    assert.ok(policy.description.length > 0);
    assert.doesNotThrow(() => parsePolicy(policy.document, 'identity'), policy.name);
  }
});

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
