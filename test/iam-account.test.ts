// What IAM tells of an account as a whole: its summary, and all that is authorized in it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Iam from '@aws-sdk/client-iam';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const pullOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const document = documentOf({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' });
const trust = documentOf({ Effect: 'Allow', Principal: { Service: 'ecr.amazonaws.com' }, Action: 'sts:AssumeRole' });

describe('the account in IAM', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  const talk = (lines: Parameters<typeof converse>[2]) => converse(house, (command) => iam.send(command), lines);

  test('is summed up under every name that IAM has for it', async () => {
    const sum = async () => (await iam.send(new Iam.GetAccountSummaryCommand({}))).SummaryMap ?? {};
    const before: Readonly<Record<string, number>> = await sum();
    const names = [...Object.values(Iam.SummaryKeyType)];
    assert.deepEqual(
      names.filter((name) => before[name] === undefined),
      [],
    );
    const created = await iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'summed', PolicyDocument: document }));
    const PolicyArn = created.Policy?.Arn;
    await iam.send(new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document }));
    await iam.send(new Iam.CreateUserCommand({ UserName: 'summed' }));
    await iam.send(new Iam.CreateGroupCommand({ GroupName: 'summed' }));
    await iam.send(new Iam.CreateRoleCommand({ RoleName: 'summed', AssumeRolePolicyDocument: trust }));
    await iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName: 'summed' }));
    await iam.send(new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'summed' }));
    const provider = { Url: 'https://idp.example.test', ClientIDList: ['a'], ThumbprintList: ['a'.repeat(40)] };
    await iam.send(new Iam.CreateOpenIDConnectProviderCommand(provider));
    const after = await sum();
    const grown = Object.entries(after).flatMap(([name, count]) => {
      const more = count - (before[name] ?? 0);
      return more === 0 ? [] : [`${name} ${more}`];
    });
    assert.deepEqual(grown.sort(), [
      'Groups 1',
      'InstanceProfiles 1',
      'MFADevices 1',
      'Policies 1',
      'PolicyVersionsInUse 2',
      'Providers 1',
      'Roles 1',
      'Users 1',
    ]);
    assert.deepEqual([after.UsersQuota, after.VersionsPerPolicyQuota, after.PolicySizeQuota], [5000, 5, 6144]);
    await talk([said(new Iam.GetAccountSummaryCommand({}))]);
  });

  test('shows who may what: users, groups, roles and policies, whole', async () => {
    const [UserName, GroupName, RoleName] = ['Ann', 'Team', 'Deploy'];
    const inline = { PolicyName: 'own', PolicyDocument: document };
    const Tags = [{ Key: 'team', Value: 'red' }];
    await iam.send(new Iam.CreateUserCommand({ UserName, Path: '/a/', Tags, PermissionsBoundary: pullOnly }));
    await iam.send(new Iam.CreateGroupCommand({ GroupName }));
    await iam.send(new Iam.AddUserToGroupCommand({ GroupName, UserName }));
    await iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, Tags }));
    await iam.send(new Iam.CreateInstanceProfileCommand({ InstanceProfileName: 'machines' }));
    await iam.send(new Iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: 'machines', RoleName }));
    const made = await iam.send(new Iam.CreatePolicyCommand({ ...inline, PolicyName: 'shared', Description: 'd' }));
    const PolicyArn = made.Policy?.Arn;
    await iam.send(new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document }));
    await iam.send(new Iam.PutUserPolicyCommand({ UserName, ...inline }));
    await iam.send(new Iam.PutGroupPolicyCommand({ GroupName, ...inline }));
    await iam.send(new Iam.PutRolePolicyCommand({ RoleName, ...inline }));
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }));
    await iam.send(new Iam.AttachGroupPolicyCommand({ GroupName, PolicyArn: readOnly }));
    await iam.send(new Iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const all = await iam.send(new Iam.GetAccountAuthorizationDetailsCommand({}));
    const user = all.UserDetailList?.find((one) => one.UserName === UserName);
    const group = all.GroupDetailList?.find((one) => one.GroupName === GroupName);
    const role = all.RoleDetailList?.find((one) => one.RoleName === RoleName);
    const policy = all.Policies?.find((one) => one.PolicyName === 'shared');
    const own = [{ PolicyName: 'own', PolicyDocument: encodeURIComponent(document).replaceAll('*', '%2A') }];
    assert.deepEqual([user?.UserPolicyList, group?.GroupPolicyList, role?.RolePolicyList], [own, own, own]);
    const shared = [{ PolicyName: 'shared', PolicyArn }];
    assert.deepEqual([user?.AttachedManagedPolicies, role?.AttachedManagedPolicies], [shared, shared]);
    assert.equal(group?.AttachedManagedPolicies?.[0]?.PolicyArn, readOnly);
    assert.deepEqual([user?.Path, user?.GroupList, user?.Tags, role?.Tags], ['/a/', [GroupName], Tags, Tags]);
    assert.equal(user?.PermissionsBoundary?.PermissionsBoundaryArn, pullOnly);
    assert.equal(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''), trust);
    assert.equal(role?.InstanceProfileList?.[0]?.Roles?.[0]?.RoleName, RoleName);
    assert.deepEqual([policy?.AttachmentCount, policy?.Description, policy?.PolicyVersionList?.length], [2, 'd', 2]);
    assert.equal(decodeURIComponent(policy?.PolicyVersionList?.[1]?.Document ?? ''), document);
    const managed = (all.Policies ?? [])
      .map(({ Arn = '' }) => Arn)
      .filter((arn) => arn.startsWith('arn:aws:iam::aws:'));
    const administrators = 'arn:aws:iam::aws:policy/AdministratorAccess';
    assert.deepEqual(managed, [administrators, pullOnly, readOnly], 'of AWS those that are used');
  });

  test('is shown in pages over all kinds, and of the kinds that are asked for', async () => {
    const names = (answer: Iam.GetAccountAuthorizationDetailsResponse) => [
      ...(answer.UserDetailList ?? []).map((one) => `user ${one.UserName}`),
      ...(answer.GroupDetailList ?? []).map((one) => `group ${one.GroupName}`),
      ...(answer.RoleDetailList ?? []).map((one) => `role ${one.RoleName}`),
      ...(answer.Policies ?? []).map((one) => `policy ${one.PolicyName}`),
    ];
    await iam.send(new Iam.CreateUserCommand({ UserName: 'paged' }));
    await iam.send(new Iam.CreateGroupCommand({ GroupName: 'paged' }));
    await iam.send(new Iam.CreateRoleCommand({ RoleName: 'paged', AssumeRolePolicyDocument: trust }));
    for (const PolicyName of ['paged1', 'paged2']) {
      await iam.send(new Iam.CreatePolicyCommand({ PolicyName, PolicyDocument: document }));
    }
    const whole = names(await iam.send(new Iam.GetAccountAuthorizationDetailsCommand({})));
    assert.ok(whole.length >= 7);
    for (const pageSize of [1, 3]) {
      const paged: string[] = [];
      for await (const page of Iam.paginateGetAccountAuthorizationDetails({ client: iam, pageSize }, {})) {
        paged.push(...names(page));
        assert.ok(names(page).length <= pageSize);
      }
      assert.deepEqual(paged, whole);
    }
    const only = async (...Filter: Iam.EntityType[]) =>
      names(await iam.send(new Iam.GetAccountAuthorizationDetailsCommand({ Filter })));
    assert.deepEqual(
      await only('Role', 'User'),
      whole.filter((name) => /^(user|role) /.test(name)),
    );
    const local = await only('LocalManagedPolicy');
    assert.ok(local.includes('policy paged2') && !local.includes('policy AdministratorAccess'));
    assert.ok((await only('AWSManagedPolicy')).includes('policy AdministratorAccess'));
    await talk([
      said(new Iam.GetAccountAuthorizationDetailsCommand({ Filter: ['Group'] })),
      refused(
        new Iam.GetAccountAuthorizationDetailsCommand({ Filter: ['Device' as 'User'] }),
        'ValidationError',
        /failed to satisfy constraint: Member must satisfy enum value set/,
      ),
      refused(new Iam.GetAccountAuthorizationDetailsCommand({ Marker: 'x' }), 'ValidationError', /^Invalid Marker\.$/),
    ]);
  });
});
