// The credential report and the reports of last access, over a whole site: what stands in them, and their refusals.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';

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
    const { JobId } = await report(arnOf('group/team'), 'SERVICE_LEVEL');
    const [who] = (await talk([
      said(new Iam.GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'ecr' })),
    ])) as [Iam.GetServiceLastAccessedDetailsWithEntitiesResponse];
    const [entity] = who.EntityDetailsList ?? [];
    assert.deepEqual([entity?.EntityInfo?.Name, entity?.EntityInfo?.Type], ['bob', 'USER']);
    assert.ok(entity?.LastAuthenticated instanceof Date);
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
