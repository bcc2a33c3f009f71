// The calls that Terraform's AWS provider makes for IAM's resources, in its order: create, read, change, read, destroy.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Iam from '@aws-sdk/client-iam';
import { type House, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';

const documentOf = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const trusting = (Service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  });
const Tags = [{ Key: 'managed-by', Value: 'terraform' }];

describe('the flows of Terraform', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  /** aws_iam_policy reads the policy and the document of its default version. */
  const readPolicy = async (PolicyArn: string | undefined) => {
    const { Policy } = await iam.send(new Iam.GetPolicyCommand({ PolicyArn }));
    const VersionId = Policy?.DefaultVersionId;
    const { PolicyVersion } = await iam.send(new Iam.GetPolicyVersionCommand({ PolicyArn, VersionId }));
    return { Policy, document: decodeURIComponent(PolicyVersion?.Document ?? '') };
  };

  test('aws_iam_policy', async () => {
    const input = {
      PolicyName: 'tf',
      Path: '/tf/',
      Description: 'first',
      PolicyDocument: documentOf('ecr:ListImages'),
      Tags,
    };
    const PolicyArn = (await iam.send(new Iam.CreatePolicyCommand(input))).Policy?.Arn;
    const first = await readPolicy(PolicyArn);
    assert.deepEqual(
      [first.document, first.Policy?.Description, first.Policy?.Tags],
      [input.PolicyDocument, 'first', Tags],
    );
    // An update makes room by deleting the oldest version that does not count.
    for (let count = 0; count < 6; count += 1) {
      const { Versions = [] } = await iam.send(new Iam.ListPolicyVersionsCommand({ PolicyArn }));
      const oldest = Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true).at(-1);
      if (Versions.length === 5) {
        await iam.send(new Iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest?.VersionId }));
      }
      const PolicyDocument = documentOf(`ecr:Describe${count}*`);
      await iam.send(new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
      assert.equal((await readPolicy(PolicyArn)).document, PolicyDocument);
    }
    await iam.send(new Iam.UntagPolicyCommand({ PolicyArn, TagKeys: ['managed-by'] }));
    await iam.send(new Iam.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'stage', Value: 'test' }] }));
    assert.deepEqual((await readPolicy(PolicyArn)).Policy?.Tags, [{ Key: 'stage', Value: 'test' }]);
    const { Versions = [] } = await iam.send(new Iam.ListPolicyVersionsCommand({ PolicyArn }));
    for (const { VersionId, IsDefaultVersion } of Versions) {
      if (IsDefaultVersion !== true) await iam.send(new Iam.DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await iam.send(new Iam.DeletePolicyCommand({ PolicyArn }));
    await refusedAs('NoSuchEntityException', iam.send(new Iam.GetPolicyCommand({ PolicyArn })));
  });

  test('aws_iam_role, aws_iam_role_policy_attachment and aws_iam_instance_profile', async () => {
    const RoleName = 'tf-role';
    const InstanceProfileName = 'tf-profile';
    const PolicyDocument = documentOf('ecr:*');
    const PolicyArn = (await iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'of-role', PolicyDocument }))).Policy
      ?.Arn;
    const trust = trusting('ec2.amazonaws.com');
    const input = { RoleName, Path: '/', AssumeRolePolicyDocument: trust, MaxSessionDuration: 3600, Tags };
    await iam.send(new Iam.CreateRoleCommand(input));
    const { Role } = await iam.send(new Iam.GetRoleCommand({ RoleName }));
    assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), trust);
    assert.deepEqual((await iam.send(new Iam.ListRolePoliciesCommand({ RoleName }))).PolicyNames, []);
    assert.deepEqual((await iam.send(new Iam.ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies, []);
    await iam.send(new Iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { AttachedPolicies } = await iam.send(new Iam.ListAttachedRolePoliciesCommand({ RoleName }));
    assert.deepEqual(AttachedPolicies, [{ PolicyName: 'of-role', PolicyArn }]);
    await iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName, Path: '/', Tags }));
    await iam.send(new Iam.GetInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(new Iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    const { InstanceProfile } = await iam.send(new Iam.GetInstanceProfileCommand({ InstanceProfileName }));
    assert.deepEqual([InstanceProfile?.Roles?.[0]?.RoleName, InstanceProfile?.Tags], [RoleName, Tags]);
    const PolicyTrust = { RoleName, PolicyDocument: trusting('ecr.amazonaws.com') };
    await iam.send(new Iam.UpdateAssumeRolePolicyCommand(PolicyTrust));
    await iam.send(new Iam.UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
    await iam.send(new Iam.UpdateRoleDescriptionCommand({ RoleName, Description: 'second' }));
    await iam.send(new Iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn }));
    const changed = (await iam.send(new Iam.GetRoleCommand({ RoleName }))).Role;
    assert.deepEqual([changed?.MaxSessionDuration, changed?.Description], [7200, 'second']);
    assert.equal(changed?.PermissionsBoundary?.PermissionsBoundaryArn, PolicyArn);
    await iam.send(new Iam.DeleteRolePermissionsBoundaryCommand({ RoleName }));
    await iam.send(new Iam.DetachRolePolicyCommand({ RoleName, PolicyArn }));
    // To destroy a role, Terraform first takes it out of every profile.
    const { InstanceProfiles = [] } = await iam.send(new Iam.ListInstanceProfilesForRoleCommand({ RoleName }));
    assert.deepEqual(InstanceProfiles.length, 1);
    await iam.send(new Iam.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await iam.send(new Iam.DeleteInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(new Iam.DeleteRoleCommand({ RoleName }));
    await refusedAs('NoSuchEntityException', iam.send(new Iam.GetRoleCommand({ RoleName })));
    await refusedAs('NoSuchEntityException', iam.send(new Iam.GetInstanceProfileCommand({ InstanceProfileName })));
    await iam.send(new Iam.DeletePolicyCommand({ PolicyArn }));
  });

  test('aws_iam_user and aws_iam_group_membership', async () => {
    const [UserName, GroupName] = ['tf-user', 'tf-group'];
    await iam.send(new Iam.CreateUserCommand({ UserName, Path: '/', Tags }));
    assert.deepEqual((await iam.send(new Iam.GetUserCommand({ UserName }))).User?.Tags, Tags);
    await iam.send(new Iam.CreateGroupCommand({ GroupName, Path: '/' }));
    await iam.send(new Iam.AddUserToGroupCommand({ GroupName, UserName }));
    const members = async () =>
      ((await iam.send(new Iam.GetGroupCommand({ GroupName }))).Users ?? []).map((user) => user.UserName);
    assert.deepEqual(await members(), [UserName]);
    await iam.send(new Iam.UpdateUserCommand({ UserName, NewUserName: 'tf-renamed', NewPath: '/moved/' }));
    assert.deepEqual(await members(), ['tf-renamed']);
    const renamed = { UserName: 'tf-renamed' };
    const { Groups = [] } = await iam.send(new Iam.ListGroupsForUserCommand(renamed));
    for (const group of Groups) {
      await iam.send(new Iam.RemoveUserFromGroupCommand({ GroupName: group.GroupName, ...renamed }));
    }
    // With force_destroy, what hangs on the user is looked for and taken away first.
    const { AccessKeyMetadata } = await iam.send(new Iam.ListAccessKeysCommand(renamed));
    const { MFADevices } = await iam.send(new Iam.ListMFADevicesCommand(renamed));
    assert.deepEqual([AccessKeyMetadata, MFADevices], [[], []]);
    await iam.send(new Iam.DeleteUserCommand(renamed));
    await iam.send(new Iam.DeleteGroupCommand({ GroupName }));
    await refusedAs('NoSuchEntityException', iam.send(new Iam.GetUserCommand(renamed)));
    await refusedAs('NoSuchEntityException', iam.send(new Iam.GetGroupCommand({ GroupName })));
  });
});
