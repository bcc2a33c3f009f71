// Roles, service-linked roles and instance profiles over a whole site: every operation, its refusals and records.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const trusting = (Principal: object) => documentOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
const ofService = trusting({ Service: 'ecr.amazonaws.com' });
const allow = (Action: string, Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const noRole = ['NoSuchEntityException', /^The role with name none cannot be found\.$/] as const;
const RoleName = 'Deployer';

describe('roles', () => {
  let house: House;
  let iam: Iam.IAMClient;
  let account = '';
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
    account = house.site.home.accountId;
  });
  after(() => house.dispose());

  const talk = (lines: Parameters<typeof converse>[2]) => converse(house, (command) => iam.send(command), lines);

  test('are made, looked at, changed and deleted', async () => {
    const AssumeRolePolicyDocument = ofService;
    const none = { RoleName: 'none' };
    const answers = await talk([
      said(
        new Iam.CreateRoleCommand({
          RoleName,
          Path: '/ci/',
          AssumeRolePolicyDocument,
          Description: 'Deploys.',
          MaxSessionDuration: 7200,
          PermissionsBoundary: readOnly,
          Tags: [{ Key: 'Team', Value: 'red' }],
        }),
      ),
      refused(
        new Iam.CreateRoleCommand({ RoleName: 'deployer', AssumeRolePolicyDocument }),
        'EntityAlreadyExistsException',
        /^Role with name deployer already exists\.$/,
      ),
      refused(
        new Iam.CreateRoleCommand({ RoleName: 'Short', AssumeRolePolicyDocument, MaxSessionDuration: 60 }),
        'ValidationError',
        /at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600/,
      ),
      refused(
        new Iam.CreateRoleCommand({ RoleName: 'Own', Path: '/aws-service-role/x/', AssumeRolePolicyDocument }),
        'InvalidInputException',
        /aws-service-role/,
      ),
      said(new Iam.GetRoleCommand({ RoleName: 'DEPLOYER' })),
      refused(new Iam.GetRoleCommand(none), ...noRole),
      said(new Iam.CreateRoleCommand({ RoleName: 'Second', AssumeRolePolicyDocument })),
      said(new Iam.ListRolesCommand({ PathPrefix: '/ci/' })),
      said(new Iam.ListRolesCommand({ MaxItems: 1 })),
      refused(new Iam.ListRolesCommand({ Marker: 'forged' }), 'ValidationError', /^Invalid Marker\.$/),
      said(new Iam.UpdateRoleCommand({ RoleName, MaxSessionDuration: 3600 })),
      refused(new Iam.UpdateRoleCommand(none), ...noRole),
      said(new Iam.UpdateRoleDescriptionCommand({ RoleName, Description: 'Ships.' })),
      refused(new Iam.UpdateRoleDescriptionCommand({ ...none, Description: '' }), ...noRole),
      said(new Iam.DeleteRoleCommand({ RoleName: 'Second' })),
      refused(new Iam.DeleteRoleCommand(none), ...noRole),
    ]);
    const [made, got, , listed, paged, , described] = answers as [
      Iam.CreateRoleResponse,
      Iam.GetRoleResponse,
      unknown,
      Iam.ListRolesResponse,
      Iam.ListRolesResponse,
      unknown,
      Iam.UpdateRoleDescriptionResponse,
    ];
    assert.match(made.Role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
    assert.equal(made.Role?.Arn, `arn:aws:iam::${account}:role/ci/Deployer`);
    assert.deepEqual(got.Role, { ...made.Role, RoleLastUsed: {} });
    assert.deepEqual(got.Role?.Tags, [{ Key: 'Team', Value: 'red' }]);
    assert.equal(got.Role?.PermissionsBoundary?.PermissionsBoundaryArn, readOnly);
    assert.equal(got.Role?.MaxSessionDuration, 7200);
    assert.equal(decodeURIComponent(got.Role?.AssumeRolePolicyDocument ?? ''), ofService);
    assert.deepEqual(
      listed.Roles?.map((one) => one.RoleName),
      [RoleName],
    );
    assert.deepEqual([paged.Roles?.length, paged.IsTruncated], [1, true]);
    assert.deepEqual([described.Role?.Description, described.Role?.MaxSessionDuration], ['Ships.', 3600]);
  });

  test('trust whom they name, for good: by unique id, shown as ARNs while it lasts', async () => {
    const create = async (UserName: string) => (await iam.send(new Iam.CreateUserCommand({ UserName }))).User;
    const trust = async () => {
      const { Role } = await iam.send(new Iam.GetRoleCommand({ RoleName }));
      return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    };
    const ann = await create('ann');
    const session = `arn:aws:sts::${account}:assumed-role/Deployer/night`;
    const PolicyDocument = trusting({ AWS: [ann?.Arn, `arn:aws:iam::${account}:role/ci/Deployer`, session, account] });
    const ghost = `arn:aws:iam::${account}:user/ghost`;
    await talk([
      said(new Iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
      refused(new Iam.UpdateAssumeRolePolicyCommand({ RoleName: 'none', PolicyDocument }), ...noRole),
      refused(
        new Iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trusting({ AWS: ghost }) }),
        'MalformedPolicyDocumentException',
        new RegExp(`^Invalid principal in policy: "AWS":"${ghost}"$`),
      ),
      refused(
        new Iam.UpdateAssumeRolePolicyCommand({
          RoleName,
          PolicyDocument: ofService.replace('sts:AssumeRole', 'ecr:PutImage'),
        }),
        'MalformedPolicyDocumentException',
        /^AssumeRole policy may only specify STS AssumeRole actions\.$/,
      ),
      refused(
        new Iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: documentOf(allow('sts:AssumeRole')) }),
        'MalformedPolicyDocumentException',
        /Principal|Resource/,
      ),
      refused(
        new Iam.UpdateAssumeRolePolicyCommand({
          RoleName,
          PolicyDocument: ofService.replace('"Effect"', `"Sid":"${'x'.repeat(2048)}","Effect"`),
        }),
        'LimitExceededException',
        /^Cannot exceed quota for ACLSizePerRole: 2048$/,
      ),
    ]);
    assert.equal(await trust(), PolicyDocument, 'shown as it was given');
    await iam.send(new Iam.UpdateUserCommand({ UserName: 'ann', NewUserName: 'Anna', NewPath: '/staff/' }));
    assert.match(await trust(), /user\/staff\/Anna"/, 'the user is meant, not its name');
    await iam.send(new Iam.DeleteUserCommand({ UserName: 'Anna' }));
    await create('ann');
    assert.match(await trust(), new RegExp(`"${ann?.UserId}"`), 'a namesake is somebody else');
    await iam.send(new Iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: ofService }));
  });

  test('may be named by repository policies, they and their sessions, and are named by unique id', async () => {
    const { ecr } = house.administrator;
    const repositoryName = 'trusting';
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const role = `arn:aws:iam::${account}:role/ci/Deployer`;
    const session = `arn:aws:sts::${account}:assumed-role/Deployer/night`;
    const of = (AWS: readonly string[]) =>
      documentOf({ Effect: 'Allow', Principal: { AWS }, Action: 'ecr:BatchGetImage' });
    const set = (policyText: string) => ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
    const get = async () => (await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).policyText ?? '';
    await set(of([role, session]));
    assert.equal(await get(), of([role, session]));
    for (const other of [role.replace('ci/', ''), session.replace('Deployer', 'deployer')]) {
      await assert.rejects(set(of([other])), /Invalid principal in policy/, other);
    }
    const { Role } = await iam.send(
      new Iam.CreateRoleCommand({ RoleName: 'Passing', AssumeRolePolicyDocument: ofService }),
    );
    await set(of([Role?.Arn ?? '', session.replace('Deployer', 'Passing')]));
    await iam.send(new Iam.DeleteRoleCommand({ RoleName: 'Passing' }));
    assert.equal(
      await get(),
      of([Role?.RoleId ?? '', `${Role?.RoleId}:night`]),
      'of those that are gone the id is left',
    );
    await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
  });

  test('have inline and attached policies and a boundary, which go before they do', async () => {
    const [PolicyName, PolicyDocument, PolicyArn] = ['one', documentOf(allow('ecr:*')), readOnly];
    const large = documentOf(allow(`ecr:${'x'.repeat(10_240)}`));
    const noPolicy = ['NoSuchEntityException', /^The role policy with name none cannot be found\.$/] as const;
    const noScope = ['NoSuchEntityException', /^Scope ARN: \S+ does not exist or is not attachable\.$/] as const;
    const conflict = (what: RegExp) =>
      refused(new Iam.DeleteRoleCommand({ RoleName }), 'DeleteConflictException', what);
    const answers = await talk([
      said(new Iam.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument })),
      refused(new Iam.PutRolePolicyCommand({ RoleName: 'none', PolicyName, PolicyDocument }), ...noRole),
      refused(
        new Iam.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: large }),
        'LimitExceededException',
        /^Maximum policy size of 10240 bytes exceeded for role Deployer$/,
      ),
      said(new Iam.GetRolePolicyCommand({ RoleName, PolicyName })),
      refused(new Iam.GetRolePolicyCommand({ RoleName, PolicyName: 'none' }), ...noPolicy),
      said(new Iam.ListRolePoliciesCommand({ RoleName })),
      said(new Iam.AttachRolePolicyCommand({ RoleName, PolicyArn })),
      said(new Iam.ListAttachedRolePoliciesCommand({ RoleName })),
      conflict(/must detach all policies first/),
      said(new Iam.DetachRolePolicyCommand({ RoleName, PolicyArn })),
      conflict(/must delete policies first/),
      said(new Iam.DeleteRolePolicyCommand({ RoleName, PolicyName })),
      refused(new Iam.DeleteRolePolicyCommand({ RoleName, PolicyName: 'none' }), ...noPolicy),
      said(new Iam.DeleteRolePermissionsBoundaryCommand({ RoleName })),
      refused(new Iam.DeleteRolePermissionsBoundaryCommand({ RoleName }), 'NoSuchEntityException', /boundary/),
      said(new Iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: readOnly })),
      refused(new Iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: `${readOnly}x` }), ...noScope),
    ]);
    const [, got, names, , attached] = answers as [
      unknown,
      Iam.GetRolePolicyResponse,
      Iam.ListRolePoliciesResponse,
      unknown,
      Iam.ListAttachedRolePoliciesResponse,
    ];
    assert.deepEqual([got.RoleName, decodeURIComponent(got.PolicyDocument ?? '')], [RoleName, PolicyDocument]);
    assert.deepEqual(names.PolicyNames, ['one']);
    assert.equal(attached.AttachedPolicies?.[0]?.PolicyArn, readOnly);
  });

  test('are tagged, without regard to the case of keys', async () => {
    const Tags = [
      { Key: 'TEAM', Value: 'blue' },
      { Key: 'cost centre', Value: '' },
    ];
    const many = Array.from({ length: 49 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
    const answers = await talk([
      said(new Iam.TagRoleCommand({ RoleName, Tags })),
      refused(new Iam.TagRoleCommand({ RoleName: 'none', Tags }), ...noRole),
      refused(
        new Iam.TagRoleCommand({ RoleName, Tags: [...Tags, { Key: 'team', Value: 'x' }] }),
        'InvalidInputException',
        /^Duplicate tag keys found\. Please note that Tag keys are case insensitive\.$/,
      ),
      refused(
        new Iam.TagRoleCommand({ RoleName, Tags: [{ Key: 'aws:x', Value: 'x' }] }),
        'InvalidInputException',
        /reserved/,
      ),
      refused(
        new Iam.TagRoleCommand({ RoleName, Tags: many }),
        'LimitExceededException',
        /^The number of tags has reached the maximum limit\.$/,
      ),
      said(new Iam.ListRoleTagsCommand({ RoleName })),
      said(new Iam.ListRoleTagsCommand({ RoleName, MaxItems: 1 })),
      refused(new Iam.ListRoleTagsCommand({ RoleName: 'none' }), ...noRole),
      said(new Iam.UntagRoleCommand({ RoleName, TagKeys: ['Cost Centre', 'absent'] })),
      refused(new Iam.UntagRoleCommand({ RoleName: 'none', TagKeys: ['a'] }), ...noRole),
      said(new Iam.ListRoleTagsCommand({ RoleName })),
    ]);
    const [, listed, paged, , left] = answers as [unknown, ...Iam.ListRoleTagsResponse[]];
    assert.deepEqual(listed?.Tags, [Tags[1], Tags[0]]);
    assert.deepEqual([paged?.Tags?.length, paged?.IsTruncated], [1, true]);
    assert.deepEqual(left?.Tags, [Tags[0]]);
  });

  test('instance profiles hold one role', async () => {
    const InstanceProfileName = 'Machines';
    const none = { InstanceProfileName: 'none' };
    const noProfile = ['NoSuchEntityException', /^Instance Profile none cannot be found\.$/] as const;
    const both = { InstanceProfileName, RoleName };
    const answers = await talk([
      said(
        new Iam.CreateInstanceProfileCommand({ InstanceProfileName, Path: '/m/', Tags: [{ Key: 'a', Value: 'b' }] }),
      ),
      refused(
        new Iam.CreateInstanceProfileCommand({ InstanceProfileName: 'machines' }),
        'EntityAlreadyExistsException',
        /^Instance Profile machines already exists\.$/,
      ),
      said(new Iam.AddRoleToInstanceProfileCommand(both)),
      refused(
        new Iam.AddRoleToInstanceProfileCommand(both),
        'LimitExceededException',
        /^Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1$/,
      ),
      refused(new Iam.AddRoleToInstanceProfileCommand({ ...both, ...none }), ...noProfile),
      refused(new Iam.AddRoleToInstanceProfileCommand({ ...both, RoleName: 'none' }), ...noRole),
      said(new Iam.GetInstanceProfileCommand({ InstanceProfileName })),
      refused(new Iam.GetInstanceProfileCommand(none), ...noProfile),
      said(new Iam.ListInstanceProfilesCommand({ PathPrefix: '/m/' })),
      said(new Iam.ListInstanceProfilesForRoleCommand({ RoleName })),
      refused(new Iam.ListInstanceProfilesForRoleCommand({ RoleName: 'none' }), ...noRole),
      refused(new Iam.DeleteRoleCommand({ RoleName }), 'DeleteConflictException', /remove roles from instance profile/),
      refused(new Iam.DeleteInstanceProfileCommand(both), 'DeleteConflictException', /must remove roles from instance/),
      said(new Iam.TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: 'c', Value: 'd' }] })),
      refused(new Iam.TagInstanceProfileCommand({ ...none, Tags: [] }), ...noProfile),
      said(new Iam.UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ['A'] })),
      said(new Iam.ListInstanceProfileTagsCommand({ InstanceProfileName })),
      said(new Iam.RemoveRoleFromInstanceProfileCommand(both)),
      refused(new Iam.RemoveRoleFromInstanceProfileCommand(both), 'NoSuchEntityException', /Deployer/),
      said(new Iam.DeleteInstanceProfileCommand({ InstanceProfileName })),
      refused(new Iam.DeleteInstanceProfileCommand(none), ...noProfile),
    ]);
    const [, , got, listed, ofRole, , , tags] = answers as [
      unknown,
      unknown,
      Iam.GetInstanceProfileResponse,
      Iam.ListInstanceProfilesResponse,
      Iam.ListInstanceProfilesForRoleResponse,
      unknown,
      unknown,
      Iam.ListInstanceProfileTagsResponse,
    ];
    const profile = got.InstanceProfile;
    assert.match(profile?.InstanceProfileId ?? '', /^AIPA[A-Z2-7]{17}$/);
    assert.equal(profile?.Arn, `arn:aws:iam::${account}:instance-profile/m/Machines`);
    assert.equal(profile?.Roles?.[0]?.RoleName, RoleName);
    assert.deepEqual([listed.InstanceProfiles?.length, ofRole.InstanceProfiles?.length], [1, 1]);
    assert.deepEqual(tags.Tags, [{ Key: 'c', Value: 'd' }]);
    await iam.send(new Iam.DeleteRoleCommand({ RoleName }));
  });

  test('service-linked roles belong to their service', async () => {
    const AWSServiceName = 'replication.ecr.amazonaws.com';
    const own = { RoleName: 'AWSServiceRoleForECRReplication' };
    const isProtected = [
      'UnmodifiableEntityException',
      /^Cannot perform the operation on the protected role 'AWSServiceRoleForECRReplication' - this role is only/,
    ] as const;
    const [PolicyName, PolicyDocument] = ['x', documentOf(allow('ecr:*'))];
    const answers = await talk([
      said(new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName })),
      refused(
        new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName }),
        'InvalidInputException',
        /^Service role name AWSServiceRoleForECRReplication has been taken in this account/,
      ),
      refused(
        new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName, CustomSuffix: 'x' }),
        'InvalidInputException',
        /^Custom suffix is not allowed for replication\.ecr\.amazonaws\.com$/,
      ),
      refused(
        new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName: 'unknown.amazonaws.com' }),
        'InvalidInputException',
        /unknown\.amazonaws\.com/,
      ),
      said(new Iam.ListAttachedRolePoliciesCommand(own)),
      said(new Iam.UpdateRoleDescriptionCommand({ ...own, Description: 'ours' })),
      refused(new Iam.UpdateRoleCommand({ ...own, MaxSessionDuration: 7200 }), ...isProtected),
      refused(new Iam.UpdateAssumeRolePolicyCommand({ ...own, PolicyDocument: ofService }), ...isProtected),
      refused(new Iam.DeleteRoleCommand(own), ...isProtected),
      refused(new Iam.PutRolePolicyCommand({ ...own, PolicyName, PolicyDocument }), ...isProtected),
      refused(new Iam.DeleteRolePolicyCommand({ ...own, PolicyName }), ...isProtected),
      refused(new Iam.AttachRolePolicyCommand({ ...own, PolicyArn: readOnly }), ...isProtected),
      refused(new Iam.DetachRolePolicyCommand({ ...own, PolicyArn: readOnly }), ...isProtected),
      refused(new Iam.PutRolePermissionsBoundaryCommand({ ...own, PermissionsBoundary: readOnly }), ...isProtected),
      refused(new Iam.DeleteRolePermissionsBoundaryCommand(own), ...isProtected),
      said(new Iam.DeleteServiceLinkedRoleCommand(own)),
      refused(new Iam.DeleteServiceLinkedRoleCommand({ RoleName: 'none' }), ...noRole),
      refused(new Iam.GetRoleCommand(own), 'NoSuchEntityException', /cannot be found/),
    ]);
    const [made, attached, , deleted] = answers as [
      Iam.CreateServiceLinkedRoleResponse,
      Iam.ListAttachedRolePoliciesResponse,
      unknown,
      Iam.DeleteServiceLinkedRoleResponse,
    ];
    assert.equal(made.Role?.Path, `/aws-service-role/${AWSServiceName}/`);
    assert.match(decodeURIComponent(made.Role?.AssumeRolePolicyDocument ?? ''), /"Service":"replication\.ecr/);
    assert.equal(attached.AttachedPolicies?.[0]?.PolicyName, 'ECRReplicationServiceRolePolicy');
    const { DeletionTaskId } = deleted;
    const [status] = await talk([
      said(new Iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId })),
      refused(
        new Iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: `${DeletionTaskId}x` }),
        'NoSuchEntityException',
        /cannot be found/,
      ),
    ]);
    assert.equal((status as Iam.GetServiceLinkedRoleDeletionStatusResponse).Status, 'SUCCEEDED');
    for (const service of ['pullthroughcache.ecr.amazonaws.com', 'ecr.amazonaws.com']) {
      const { Role } = await iam.send(new Iam.CreateServiceLinkedRoleCommand({ AWSServiceName: service }));
      const found = await iam.send(new Iam.ListAttachedRolePoliciesCommand({ RoleName: Role?.RoleName }));
      assert.equal(found.AttachedPolicies?.length, 1, service);
    }
  });
});
