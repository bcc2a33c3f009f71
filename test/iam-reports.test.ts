// The credential report and the reports of last access, over a whole site: what stands in them, and their refusals.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';
const allow = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });
const documentOf = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('reports', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  const talk = (lines: Parameters<typeof converse>[2]) => converse(house, (command) => iam.send(command), lines);

  test('the credential report names every user in the documented columns, and stands for four hours', async () => {
    const ann = await house.user('ann,b', []);
    await assert.rejects(ann.ecr.send(new DescribeRepositoriesCommand({})), { name: 'AccessDeniedException' });
    const none = { name: 'CredentialReportNotPresentException', message: /^No report has been generated\.$/ };
    await assert.rejects(iam.send(new Iam.GetCredentialReportCommand({})), none);
    const Password = 'a long enough Password 1';
    await iam.send(new Iam.CreateLoginProfileCommand({ UserName: 'ann,b', Password }));
    await iam.send(new Iam.UpdateAccountPasswordPolicyCommand({ MaxPasswordAge: 90 }));
    const [first, again, got] = (await talk([
      said(new Iam.GenerateCredentialReportCommand({})),
      said(new Iam.GenerateCredentialReportCommand({})),
      said(new Iam.GetCredentialReportCommand({})),
    ])) as [
      Iam.GenerateCredentialReportResponse,
      Iam.GenerateCredentialReportResponse,
      Iam.GetCredentialReportResponse,
    ];
    assert.deepEqual([first.State, again.State, got.ReportFormat], ['STARTED', 'COMPLETE', 'text/csv']);
    const [header = '', root = '', ...users] = Buffer.from(got.Content ?? [])
      .toString('utf8')
      .trimEnd()
      .split('\n');
    assert.equal(
      header,
      'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,' +
        'mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,' +
        'access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,' +
        'access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,' +
        'cert_1_last_rotated,cert_2_active,cert_2_last_rotated',
    );
    const account = house.site.home.accountId;
    assert.match(root, new RegExp(`^<root_account>,arn:aws:iam::${account}:root,2\\d{3}-[^,]+\\+00:00,not_supported,`));
    assert.equal(users.length, 2);
    const line = users.find((one) => one.startsWith('"ann,b"')) ?? '';
    const time = '2\\d{3}-\\d\\d-\\d\\dT[\\d:]{8}\\+00:00';
    const key = `true,${time},${time},us-east-1,ecr`;
    const expected = `^"ann,b","arn:aws:iam::${account}:user/ann,b",${time},true,no_information,${time},${time},false,${key},false,N/A`;
    assert.match(line, new RegExp(expected));
    await iam.send(new Iam.DeleteAccountPasswordPolicyCommand({}));
  });

  test('last access tells service, action and entity, of users, groups and policies', async () => {
    const bob = await house.user('bob', ['AmazonEC2ContainerRegistryReadOnly']);
    await bob.ecr.send(new DescribeRepositoriesCommand({}));
    await iam.send(new Iam.CreateGroupCommand({ GroupName: 'team' }));
    await iam.send(new Iam.AddUserToGroupCommand({ GroupName: 'team', UserName: 'bob' }));
    const arnOf = (resource: string) => `arn:aws:iam::${house.site.home.accountId}:${resource}`;
    const report = async (Arn: string, Granularity: Iam.AccessAdvisorUsageGranularityType) => {
      const { JobId } = await iam.send(new Iam.GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity }));
      assert.match(JobId ?? '', /^.{36}$/);
      return { JobId: JobId ?? '', ...(await iam.send(new Iam.GetServiceLastAccessedDetailsCommand({ JobId }))) };
    };
    for (const arn of [arnOf('user/bob'), arnOf('group/team'), readOnly]) {
      const { JobStatus, JobType, ServicesLastAccessed: services } = await report(arn, 'ACTION_LEVEL');
      assert.deepEqual([JobStatus, JobType], ['COMPLETED', 'ACTION_LEVEL'], arn);
      const ecr = services?.find(({ ServiceNamespace }) => ServiceNamespace === 'ecr');
      assert.deepEqual([ecr?.TotalAuthenticatedEntities, ecr?.LastAuthenticatedEntity], [1, arnOf('user/bob')], arn);
      assert.ok(ecr?.LastAuthenticated instanceof Date);
      const actions = ecr?.TrackedActionsLastAccessed?.map(({ ActionName }) => ActionName);
      assert.deepEqual(actions, ['DescribeRepositories'], arn);
    }
    await house.user('idle', [], [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }]);
    const idle = await report(arnOf('user/idle'), 'SERVICE_LEVEL');
    const shown = idle.ServicesLastAccessed?.map((one) => [one.ServiceNamespace, one.LastAuthenticated]);
    assert.deepEqual(shown, [['sts', undefined]], 'what may be used and never was');
    const everything = await report(administrator, 'SERVICE_LEVEL');
    const names = everything.ServicesLastAccessed?.map((one) => [one.ServiceNamespace, one.ServiceName]) ?? [];
    assert.ok(names.length > 3);
    assert.deepEqual(
      names.filter(([namespace, name]) => namespace === name),
      [],
      'every service that is served has a name',
    );
    const { JobId } = await report(arnOf('group/team'), 'SERVICE_LEVEL');
    const [who] = (await talk([
      said(new Iam.GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'ecr' })),
    ])) as [Iam.GetServiceLastAccessedDetailsWithEntitiesResponse];
    const [entity] = who.EntityDetailsList ?? [];
    assert.deepEqual([entity?.EntityInfo?.Name, entity?.EntityInfo?.Type], ['bob', 'USER']);
    assert.ok(entity?.LastAuthenticated instanceof Date);
  });

  test('policies that grant a service, of a user those of its groups too', async () => {
    const cat = await house.user('cat', ['AmazonEC2ContainerRegistryReadOnly'], [allow('sts:*'), allow('s3:Get*')]);
    await iam.send(new Iam.CreateGroupCommand({ GroupName: 'cats' }));
    await iam.send(new Iam.AddUserToGroupCommand({ GroupName: 'cats', UserName: 'cat' }));
    const inline = { PolicyName: 'scratch', PolicyDocument: documentOf(allow('ecr:PutImage')) };
    await iam.send(new Iam.PutGroupPolicyCommand({ GroupName: 'cats', ...inline }));
    const never = { PolicyName: 'never', PolicyDocument: documentOf({ ...allow('ecr:*'), Effect: 'Deny' }) };
    await iam.send(new Iam.PutGroupPolicyCommand({ GroupName: 'cats', ...never }));
    await iam.send(new Iam.PutUserPermissionsBoundaryCommand({ UserName: 'cat', PermissionsBoundary: administrator }));
    const trust = documentOf({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' });
    await iam.send(new Iam.CreateRoleCommand({ RoleName: 'hunter', AssumeRolePolicyDocument: trust }));
    const arnOf = (resource: string) => `arn:aws:iam::${house.site.home.accountId}:${resource}`;
    const listing = (Arn: string, ...ServiceNamespaces: string[]) =>
      new Iam.ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces });
    const many = Array.from({ length: 150 }, (_, index) => `service-${String(index).padStart(3, '0')}`);
    const short = ['ValidationError', /'arn' failed/] as const;
    const answers = (await talk([
      said(listing(arnOf('user/cat'), 'sts', 'ecr', 'iam', 'ecr')),
      said(listing(arnOf('group/cats'), 'ecr')),
      said(listing(arnOf('role/hunter'), 'sts')),
      said(listing(arnOf('user/cat'), ...many)),
      refused(listing(arnOf('user/none'), 'ecr'), 'NoSuchEntityException', /:user\/none cannot be found\.$/),
      refused(listing(readOnly, 'ecr'), 'InvalidInputException', /is not the ARN of a user, group or role\.$/),
      refused(listing('short', 'ecr'), ...short),
      refused(listing(arnOf('user/cat')), 'ValidationError', /'serviceNamespaces' failed/),
      refused(listing(arnOf('user/cat'), 'a b'), 'ValidationError', /'serviceNamespaces\.1\.member' failed/),
    ])) as Iam.ListPoliciesGrantingServiceAccessResponse[];
    const shown = answers.map(({ PoliciesGrantingServiceAccess: list }) => list);
    const managed = { PolicyName: 'AmazonEC2ContainerRegistryReadOnly', PolicyType: 'MANAGED', PolicyArn: readOnly };
    const ofGroup = { PolicyName: 'scratch', PolicyType: 'INLINE', EntityType: 'GROUP', EntityName: 'cats' };
    const own = { PolicyName: 'test', PolicyType: 'INLINE', EntityType: 'USER', EntityName: 'cat' };
    assert.deepEqual(shown[0], [
      { ServiceNamespace: 'ecr', Policies: [managed, ofGroup] },
      { ServiceNamespace: 'iam', Policies: [] },
      { ServiceNamespace: 'sts', Policies: [own] },
    ]);
    assert.deepEqual(shown.slice(1, 3), [
      [{ ServiceNamespace: 'ecr', Policies: [ofGroup] }],
      [{ ServiceNamespace: 'sts', Policies: [] }],
    ]);
    const { IsTruncated, Marker } = answers[3] ?? {};
    assert.deepEqual([shown[3]?.length, IsTruncated], [100, true]);
    const rest = { Arn: arnOf('user/cat'), ServiceNamespaces: many, Marker };
    const elsewhere = { ...rest, Arn: arnOf('group/cats') };
    const [last] = (await talk([
      said(new Iam.ListPoliciesGrantingServiceAccessCommand(rest)),
      refused(new Iam.ListPoliciesGrantingServiceAccessCommand(elsewhere), 'ValidationError', /^Invalid Marker\.$/),
    ])) as [Iam.ListPoliciesGrantingServiceAccessResponse];
    const namespaces = [...(shown[3] ?? []), ...(last.PoliciesGrantingServiceAccess ?? [])];
    assert.deepEqual([namespaces.map(({ ServiceNamespace }) => ServiceNamespace), last.IsTruncated], [many, false]);
    const denied = { name: 'AccessDenied', message: /perform: iam:ListPoliciesGrantingServiceAccess on resource/ };
    await assert.rejects(cat.iam.send(listing(arnOf('user/cat'), 'ecr')), denied);
  });

  test('reports that are not there, and callers who may not', async () => {
    const JobId = '0'.repeat(36);
    const noJob = ['NoSuchEntityException', /^The job 0+ cannot be found\.$/] as const;
    const Arn = `arn:aws:iam::${house.site.home.accountId}:user/none`;
    const tooShort = ['ValidationError', /'jobId' failed/] as const;
    await talk([
      refused(new Iam.GenerateServiceLastAccessedDetailsCommand({ Arn }), 'NoSuchEntityException', /cannot be found/),
      refused(new Iam.GenerateServiceLastAccessedDetailsCommand({ Arn: 'short' }), 'ValidationError', /'arn' failed/),
      refused(new Iam.GetServiceLastAccessedDetailsCommand({ JobId }), ...noJob),
      refused(new Iam.GetServiceLastAccessedDetailsCommand({ JobId: 'short' }), ...tooShort),
      refused(new Iam.GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'ecr' }), ...noJob),
    ]);
    const eve = await house.user('eve', []);
    const denied = { name: 'AccessDenied' };
    await assert.rejects(eve.iam.send(new Iam.GenerateCredentialReportCommand({})), denied);
    await assert.rejects(eve.iam.send(new Iam.GetCredentialReportCommand({})), denied);
    await assert.rejects(eve.iam.send(new Iam.GenerateServiceLastAccessedDetailsCommand({ Arn })), denied);
    await assert.rejects(eve.iam.send(new Iam.GetServiceLastAccessedDetailsCommand({ JobId })), denied);
  });
});
