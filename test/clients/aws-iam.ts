// The aws CLI and IAM: a group, a user with a boundary in it, a role that trusts the user, tags; and who may then push.

import assert from 'node:assert/strict';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const powerUser = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser';

export const awsIam: ClientTest = {
  name: 'aws CLI: IAM',
  programs: ['aws'],
  async run(site) {
    const userArn = await buildsAGroupAndItsUser(site);
    await bindsTheUser(site);
    await buildsARole(site, userArn);
    await takesItAllApart(site);
  },
};

async function buildsAGroupAndItsUser(site: ClientSite): Promise<string> {
  await site.aws('iam', 'create-group', '--group-name', 'pushers', '--path', '/ci/');
  await site.aws('iam', 'attach-group-policy', '--group-name', 'pushers', '--policy-arn', powerUser);
  const made = await site.aws('iam', 'create-user', '--user-name', 'robot', '--tags', 'Key=team,Value=red');
  await site.aws('iam', 'add-user-to-group', '--group-name', 'pushers', '--user-name', 'robot');
  const { Group, Users } = await site.aws('iam', 'get-group', '--group-name', 'pushers');
  assert.match((Group as { Arn: string }).Arn, /:group\/ci\/pushers$/);
  assert.deepEqual((Users as ReadonlyArray<{ UserName: string }>)[0]?.UserName, 'robot');
  return (made['User'] as { Arn: string }).Arn;
}

/** The group lets its user push, and the boundary does not. */
async function bindsTheUser(site: ClientSite): Promise<void> {
  const { AccessKey } = await site.aws('iam', 'create-access-key', '--user-name', 'robot');
  const key = AccessKey as { readonly AccessKeyId: string; readonly SecretAccessKey: string };
  const env = { AWS_ACCESS_KEY_ID: key.AccessKeyId, AWS_SECRET_ACCESS_KEY: key.SecretAccessKey };
  const initiate = ['ecr', 'initiate-layer-upload', '--repository-name', 'iam/app'];
  await site.createRepository('iam/app');
  await site.run('aws', initiate, { env });
  const bound = ['iam', 'put-user-permissions-boundary', '--user-name', 'robot', '--permissions-boundary', readOnly];
  await site.aws(...bound);
  const { stderr } = await site.run('aws', initiate, { env, codes: [254, 255] });
  assert.match(stderr, /because no permissions boundary allows the ecr:InitiateLayerUpload action/);
  await site.aws('iam', 'delete-access-key', '--user-name', 'robot', '--access-key-id', key.AccessKeyId);
}

async function buildsARole(site: ClientSite, userArn: string): Promise<void> {
  const trust = { Effect: 'Allow', Principal: { AWS: userArn }, Action: 'sts:AssumeRole' };
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const create = ['iam', 'create-role', '--role-name', 'deployer', '--assume-role-policy-document', document];
  await site.aws(...create, '--tags', 'Key=team,Value=red', '--max-session-duration', '7200');
  const policy = ['--role-name', 'deployer', '--policy-name', 'own', '--policy-document'];
  const own = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] };
  await site.aws('iam', 'put-role-policy', ...policy, JSON.stringify(own));
  const { Role } = await site.aws('iam', 'get-role', '--role-name', 'deployer');
  const role = Role as { AssumeRolePolicyDocument: unknown; MaxSessionDuration: number; Tags: unknown };
  assert.deepEqual(role.AssumeRolePolicyDocument, JSON.parse(document), 'decoded by the client');
  assert.deepEqual([role.MaxSessionDuration, role.Tags], [7200, [{ Key: 'team', Value: 'red' }]]);
  const got = await site.aws('iam', 'get-role-policy', '--role-name', 'deployer', '--policy-name', 'own');
  assert.deepEqual(got['PolicyDocument'], own);
  const linked = ['iam', 'create-service-linked-role', '--aws-service-name', 'replication.ecr.amazonaws.com'];
  await site.aws(...linked);
  const { Roles } = await site.aws('iam', 'list-roles', '--page-size', '1');
  // Page by page; other clients have left roles of their own.
  const names = (Roles as ReadonlyArray<{ RoleName: string }>).map(({ RoleName }) => RoleName);
  const mine = ['AWSServiceRoleForECRReplication', 'deployer'];
  assert.deepEqual(
    names.filter((name) => mine.includes(name)),
    mine,
  );
}

async function takesItAllApart(site: ClientSite): Promise<void> {
  const refused = await site.run('aws', ['iam', 'delete-role', '--role-name', 'deployer'], { codes: [254, 255] });
  assert.match(refused.stderr, /DeleteConflict.*must delete policies first/);
  await site.aws('iam', 'delete-role-policy', '--role-name', 'deployer', '--policy-name', 'own');
  await site.aws('iam', 'delete-role', '--role-name', 'deployer');
  await site.aws('iam', 'remove-user-from-group', '--group-name', 'pushers', '--user-name', 'robot');
  await site.aws('iam', 'delete-user', '--user-name', 'robot');
  await site.aws('iam', 'detach-group-policy', '--group-name', 'pushers', '--policy-arn', powerUser);
  await site.aws('iam', 'delete-group', '--group-name', 'pushers');
  const name = ['--role-name', 'AWSServiceRoleForECRReplication'];
  const { DeletionTaskId } = await site.aws('iam', 'delete-service-linked-role', ...name);
  const task = ['iam', 'get-service-linked-role-deletion-status', '--deletion-task-id', String(DeletionTaskId)];
  assert.equal((await site.aws(...task))['Status'], 'SUCCEEDED');
}
