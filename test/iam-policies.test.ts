// Customer-managed policies over a whole site: every operation and its refusals, and that a change bites at once.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { GetFederationTokenCommand } from '@aws-sdk/client-sts';
import { administratorOf } from './support/administrator.ts';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';
import { runCommand } from './support/run-command.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string | readonly string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const reading = documentOf(allow(['ecr:Describe*', 'ecr:Get*']));
const nothing = documentOf(allow('ecr:ListImages'));
const long = documentOf(allow(`ecr:${'x'.repeat(6200)}`));
const trust = documentOf({ Effect: 'Allow', Principal: { Service: 'ecr.amazonaws.com' }, Action: 'sts:AssumeRole' });

const gone = ['NoSuchEntityException', /^Policy arn:aws:iam::\d+:policy\/none was not found\.$/] as const;
const noVersion = ['NoSuchEntityException', /version v9 does not exist or is not attachable\.$/] as const;
const fixed = ['AccessDenied', /is refused for a policy that AWS manages/] as const;

describe('customer-managed policies', () => {
  let house: House;
  let iam: Iam.IAMClient;
  let account: string;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
    account = house.site.home.accountId;
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  });
  after(() => house.dispose());

  const talk = (lines: Parameters<typeof converse>[2]) => converse(house, (command) => iam.send(command), lines);
  const arnOf = (resource: string) => `arn:aws:iam::${account}:policy/${resource}`;
  const create = async (PolicyName: string, PolicyDocument = reading) =>
    (await iam.send(new Iam.CreatePolicyCommand({ PolicyName, PolicyDocument }))).Policy?.Arn ?? '';

  test('are made, looked at, listed, tagged and deleted', async () => {
    const PolicyArn = arnOf('teams/red/Readers');
    const named = { PolicyName: 'Readers', Path: '/teams/red/', PolicyDocument: reading };
    const tag = { Key: 'Team', Value: 'red' };
    const [made, got, listed, , , tags, page, , left] = (await talk([
      said(new Iam.CreatePolicyCommand({ ...named, Description: 'reads', Tags: [tag] })),
      said(new Iam.GetPolicyCommand({ PolicyArn })),
      said(new Iam.ListPoliciesCommand({ Scope: 'Local', PathPrefix: '/teams/' })),
      refused(
        new Iam.CreatePolicyCommand({ PolicyName: 'READERS', PolicyDocument: reading }),
        'EntityAlreadyExistsException',
        /^A policy called READERS already exists\. Duplicate names are not allowed\.$/,
      ),
      refused(new Iam.GetPolicyCommand({ PolicyArn: arnOf('teams/red/readers') }), 'NoSuchEntityException', /readers/),
      said(new Iam.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'TEAM', Value: 'blue' }] })),
      said(new Iam.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'tier', Value: '1' }] })),
      said(new Iam.ListPolicyTagsCommand({ PolicyArn })),
      said(new Iam.ListPolicyTagsCommand({ PolicyArn, MaxItems: 1 })),
      said(new Iam.UntagPolicyCommand({ PolicyArn, TagKeys: ['Tier', 'absent'] })),
      said(new Iam.ListPolicyTagsCommand({ PolicyArn })),
      said(new Iam.DeletePolicyCommand({ PolicyArn })),
      refused(new Iam.DeletePolicyCommand({ PolicyArn }), 'NoSuchEntityException', /Readers was not found/),
    ])) as [Iam.CreatePolicyResponse, Iam.GetPolicyResponse, Iam.ListPoliciesResponse, ...Iam.ListPolicyTagsResponse[]];
    assert.match(made.Policy?.PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/);
    assert.deepEqual(
      [made.Policy?.Arn, made.Policy?.Path, made.Policy?.DefaultVersionId, made.Policy?.AttachmentCount],
      [PolicyArn, '/teams/red/', 'v1', 0],
    );
    assert.deepEqual([made.Policy?.Description, got.Policy?.Description], [undefined, 'reads']);
    assert.deepEqual([got.Policy?.Tags, got.Policy?.PolicyId], [[tag], made.Policy?.PolicyId]);
    assert.deepEqual([listed.Policies?.length, listed.Policies?.[0]?.Arn], [1, PolicyArn]);
    assert.equal(listed.Policies?.[0]?.Description, undefined, 'a list shows less');
    const keys = [tags, page, left].map((answer) => (answer?.Tags ?? []).map(({ Key, Value }) => `${Key}=${Value}`));
    assert.deepEqual(keys, [['TEAM=blue', 'tier=1'], ['TEAM=blue'], ['TEAM=blue']]);
    assert.deepEqual([tags?.IsTruncated, page?.IsTruncated], [false, true]);
  });

  test('are refused as documented', async () => {
    const none = { PolicyArn: arnOf('none') };
    const PolicyArn = await create('Refusing');
    const named = { PolicyName: 'x', PolicyDocument: reading };
    const tag = { Key: 'Team', Value: 'red' };
    await talk([
      refused(
        new Iam.CreatePolicyCommand({ ...named, PolicyName: 'a b' }),
        'ValidationError',
        /at 'policyName' failed/,
      ),
      refused(new Iam.CreatePolicyCommand({ ...named, Path: 'teams' }), 'ValidationError', /at 'path' failed/),
      refused(
        new Iam.CreatePolicyCommand({ PolicyName: 'x', PolicyDocument: '{"Version":"2012-10-17",\n "Id":"x"}' }),
        'MalformedPolicyDocumentException',
        /An identity policy has no element Id \(line 2, column 2\)$/,
      ),
      refused(
        new Iam.CreatePolicyCommand({ PolicyName: 'x', PolicyDocument: trust }),
        'MalformedPolicyDocumentException',
        /Principal/,
      ),
      refused(
        new Iam.CreatePolicyCommand({ PolicyName: 'x', PolicyDocument: long }),
        'LimitExceededException',
        /^Cannot exceed quota for PolicySize: 6144$/,
      ),
      refused(
        new Iam.CreatePolicyCommand({ ...named, PolicyName: 'x', Tags: [tag, { ...tag, Key: 'TEAM' }] }),
        'InvalidInputException',
        /Duplicate tag keys/,
      ),
      refused(new Iam.GetPolicyCommand(none), ...gone),
      refused(new Iam.GetPolicyCommand({ PolicyArn: 'short' }), 'ValidationError', /at 'policyArn' failed/),
      refused(new Iam.ListPoliciesCommand({ Marker: 'forged' }), 'ValidationError', /^Invalid Marker\.$/),
      refused(new Iam.TagPolicyCommand({ ...none, Tags: [tag] }), ...gone),
      refused(
        new Iam.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'aws:x', Value: '' }] }),
        'InvalidInputException',
        /aws:/,
      ),
      refused(new Iam.TagPolicyCommand({ PolicyArn: readOnly, Tags: [tag] }), ...fixed),
      refused(new Iam.UntagPolicyCommand({ ...none, TagKeys: ['x'] }), ...gone),
      refused(new Iam.ListPolicyTagsCommand(none), ...gone),
      refused(new Iam.DeletePolicyCommand({ PolicyArn: readOnly }), ...fixed),
    ]);
  });

  test("of versions is refused what is no version, no document or not the account's", async () => {
    const none = { PolicyArn: arnOf('none') };
    const PolicyArn = await create('RefusingVersions');
    const document = { PolicyArn, PolicyDocument: nothing };
    const v = (number: number) => ({ PolicyArn, VersionId: `v${number}` });
    await talk([
      refused(new Iam.CreatePolicyVersionCommand({ ...document, ...none }), ...gone),
      refused(new Iam.CreatePolicyVersionCommand({ ...document, PolicyArn: readOnly }), ...fixed),
      refused(
        new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: '{}' }),
        'MalformedPolicyDocumentException',
        /Statement/,
      ),
      refused(
        new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: long }),
        'LimitExceededException',
        /PolicySize: 6144/,
      ),
      refused(new Iam.GetPolicyVersionCommand(v(9)), ...noVersion),
      refused(
        new Iam.GetPolicyVersionCommand({ PolicyArn, VersionId: '3' }),
        'ValidationError',
        /at 'versionId' failed/,
      ),
      refused(new Iam.GetPolicyVersionCommand({ ...none, VersionId: 'v1' }), ...gone),
      refused(new Iam.ListPolicyVersionsCommand(none), ...gone),
      refused(new Iam.ListPolicyVersionsCommand({ PolicyArn, Marker: 'x' }), 'ValidationError', /^Invalid Marker\.$/),
      refused(new Iam.SetDefaultPolicyVersionCommand(v(9)), ...noVersion),
      refused(new Iam.SetDefaultPolicyVersionCommand({ ...none, VersionId: 'v1' }), ...gone),
      refused(new Iam.SetDefaultPolicyVersionCommand({ PolicyArn: readOnly, VersionId: 'v1' }), ...fixed),
      refused(new Iam.DeletePolicyVersionCommand(v(9)), ...noVersion),
      refused(new Iam.DeletePolicyVersionCommand({ ...none, VersionId: 'v1' }), ...gone),
      refused(new Iam.DeletePolicyVersionCommand({ PolicyArn: readOnly, VersionId: 'v3' }), ...fixed),
    ]);
  });

  test('have up to five versions, of which one counts', async () => {
    const PolicyArn = await create('Versioned');
    const document = { PolicyArn, PolicyDocument: nothing };
    const v = (number: number) => ({ PolicyArn, VersionId: `v${number}` });
    const answers = await talk([
      said(new Iam.CreatePolicyVersionCommand(document)),
      said(new Iam.CreatePolicyVersionCommand({ ...document, SetAsDefault: true })),
      said(new Iam.CreatePolicyVersionCommand(document)),
      said(new Iam.CreatePolicyVersionCommand(document)),
      refused(
        new Iam.CreatePolicyVersionCommand(document),
        'LimitExceededException',
        /^A managed policy can have up to 5 versions\. Before you create a new version, you must delete an existing/,
      ),
      said(new Iam.GetPolicyCommand({ PolicyArn })),
      said(new Iam.GetPolicyVersionCommand(v(3))),
      said(new Iam.ListPolicyVersionsCommand({ PolicyArn })),
      said(new Iam.SetDefaultPolicyVersionCommand(v(2))),
      refused(
        new Iam.DeletePolicyVersionCommand(v(2)),
        'DeleteConflictException',
        /^Cannot delete the default version of a policy\.$/,
      ),
      refused(new Iam.DeletePolicyCommand({ PolicyArn }), 'DeleteConflictException', /more than one version/),
      said(new Iam.DeletePolicyVersionCommand(v(5))),
      said(new Iam.CreatePolicyVersionCommand(document)),
    ]);
    const made = answers.slice(0, 4) as Iam.CreatePolicyVersionResponse[];
    assert.deepEqual(
      made.map(({ PolicyVersion: one }) => [one?.VersionId, one?.IsDefaultVersion, one?.Document]),
      [2, 3, 4, 5].map((number) => [`v${number}`, number === 3, undefined]),
    );
    const [policy, version, versions] = answers.slice(4) as [
      Iam.GetPolicyResponse,
      Iam.GetPolicyVersionResponse,
      Iam.ListPolicyVersionsResponse,
    ];
    assert.equal(policy.Policy?.DefaultVersionId, 'v3');
    const { Document = '' } = version.PolicyVersion ?? {};
    assert.deepEqual([Document.includes('{'), decodeURIComponent(Document)], [false, nothing], 'percent-encoded');
    assert.deepEqual(
      versions.Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
      [5, 4, 3, 2, 1].map((number) => [`v${number}`, number === 3]),
    );
    const again = answers.at(-1) as Iam.CreatePolicyVersionResponse;
    assert.equal(again.PolicyVersion?.VersionId, 'v6', 'a number is never given twice');
    const pages: string[] = [];
    for await (const page of Iam.paginateListPolicyVersions({ client: iam, pageSize: 2 }, { PolicyArn })) {
      pages.push((page.Versions ?? []).map(({ VersionId }) => VersionId).join());
    }
    assert.deepEqual(pages, ['v6,v4', 'v3,v2', 'v1']);
  });

  test('tell who has them, and stay while anybody has', async () => {
    const PolicyArn = await create('Held');
    const others = await create('HeldNot');
    const [UserName, GroupName, RoleName] = ['holder', 'holders', 'holding'];
    await iam.send(new Iam.CreateGroupCommand({ GroupName, Path: '/held/' }));
    await iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    await iam.send(new Iam.CreateUserCommand({ UserName, PermissionsBoundary: PolicyArn }));
    await iam.send(new Iam.CreateUserCommand({ UserName: 'bystander' }));
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName: 'bystander', PolicyArn: others }));
    await iam.send(new Iam.AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    await iam.send(new Iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }));
    const holders = async (input: Partial<Iam.ListEntitiesForPolicyCommandInput> = {}) => {
      const answer = await iam.send(new Iam.ListEntitiesForPolicyCommand({ PolicyArn, ...input }));
      return [
        ...(answer.PolicyGroups ?? []).map((one) => one.GroupName),
        ...(answer.PolicyUsers ?? []).map((one) => one.UserName),
        ...(answer.PolicyRoles ?? []).map((one) => one.RoleName),
      ];
    };
    assert.deepEqual(await holders(), [GroupName, UserName, RoleName]);
    assert.deepEqual(await holders({ EntityFilter: 'Role' }), [RoleName]);
    assert.deepEqual(await holders({ EntityFilter: 'LocalManagedPolicy' }), []);
    assert.deepEqual(await holders({ PathPrefix: '/held/' }), [GroupName]);
    assert.deepEqual(await holders({ PolicyUsageFilter: 'PermissionsBoundary' }), [UserName]);
    assert.deepEqual(await holders({ PolicyUsageFilter: 'PermissionsPolicy' }), [GroupName, UserName, RoleName]);
    const paged: number[] = [];
    const paging = { client: iam, pageSize: 2 };
    for await (const page of Iam.paginateListEntitiesForPolicy(paging, { PolicyArn })) {
      paged.push((page.PolicyGroups ?? []).length + (page.PolicyUsers ?? []).length, (page.PolicyRoles ?? []).length);
    }
    assert.deepEqual(paged, [2, 0, 0, 1]);
    const { Policy } = await iam.send(new Iam.GetPolicyCommand({ PolicyArn }));
    assert.deepEqual([Policy?.AttachmentCount, Policy?.PermissionsBoundaryUsageCount], [3, 1]);
    const list = async (input: Iam.ListPoliciesCommandInput) =>
      ((await iam.send(new Iam.ListPoliciesCommand(input))).Policies ?? []).map(({ PolicyName }) => PolicyName);
    assert.deepEqual(await list({ Scope: 'Local', OnlyAttached: true }), ['Held', 'HeldNot']);
    assert.deepEqual(await list({ PolicyUsageFilter: 'PermissionsBoundary' }), ['Held']);
    const attached = ['DeleteConflictException', /^Cannot delete a policy attached to entities\.$/] as const;
    await talk([
      refused(new Iam.DeletePolicyCommand({ PolicyArn }), ...attached),
      said(new Iam.DetachGroupPolicyCommand({ GroupName, PolicyArn })),
      said(new Iam.DetachRolePolicyCommand({ RoleName, PolicyArn })),
      said(new Iam.DetachUserPolicyCommand({ UserName, PolicyArn })),
      refused(new Iam.DeletePolicyCommand({ PolicyArn }), ...attached),
      said(new Iam.DeleteUserPermissionsBoundaryCommand({ UserName })),
      said(new Iam.DeletePolicyCommand({ PolicyArn })),
      refused(
        new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }),
        'NoSuchEntityException',
        /^Policy arn:aws:iam::\d+:policy\/Held does not exist or is not attachable\.$/,
      ),
      refused(new Iam.ListEntitiesForPolicyCommand({ PolicyArn }), 'NoSuchEntityException', /Held was not found/),
      refused(
        new Iam.ListEntitiesForPolicyCommand({ PolicyArn: others, EntityFilter: 'Device' as 'User' }),
        'ValidationError',
        /at 'entityFilter' failed/,
      ),
    ]);
  });

  test('bite on the next request: a new version, another default, as a boundary and as a session policy', async () => {
    const PolicyArn = await create('Biting');
    const { ecr, sts } = await house.user('bitten', []);
    const UserName = 'bitten';
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }));
    const look = (client = ecr) => client.send(new DescribeRepositoriesCommand({ repositoryNames: ['app'] }));
    await look();
    await iam.send(new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: nothing, SetAsDefault: true }));
    await refusedAs('AccessDeniedException', look(), /no identity-based policy allows the ecr:DescribeRepositories/);
    await iam.send(new Iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    await look();
    const limit = await create('Limiting');
    await iam.send(new Iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: limit }));
    await look();
    await iam.send(new Iam.DeleteUserPermissionsBoundaryCommand({ UserName }));
    const federate = documentOf(allow('sts:GetFederationToken'));
    await iam.send(new Iam.PutUserPolicyCommand({ UserName, PolicyName: 'federate', PolicyDocument: federate }));
    const PolicyArns = [{ arn: limit }];
    const { Credentials } = await sts.send(new GetFederationTokenCommand({ Name: 'fed', PolicyArns }));
    const session = house.session(Credentials);
    await look(session.ecr);
    await iam.send(new Iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: limit }));
    const narrowed = { PolicyArn: limit, PolicyDocument: nothing, SetAsDefault: true };
    await iam.send(new Iam.CreatePolicyVersionCommand(narrowed));
    await refusedAs('AccessDeniedException', look(), /no permissions boundary allows the ecr:DescribeRepositories/);
    await iam.send(new Iam.DeleteUserPermissionsBoundaryCommand({ UserName }));
    await look();
    await refusedAs(
      'AccessDeniedException',
      look(session.ecr),
      /no session policy allows the ecr:DescribeRepositories/,
    );
  });

  test('of another account cannot be seen, changed, attached or used', async () => {
    const PolicyArn = await create('Foreign');
    const args = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, args)).stdout) as Readonly<Record<string, string>>;
    const client = house.as(await administratorOf(house.dataFolder, house.url, made['profile'])).iam;
    await client.send(new Iam.CreateUserCommand({ UserName: 'there' }));
    const attach = client.send(new Iam.AttachUserPolicyCommand({ UserName: 'there', PolicyArn }));
    await refusedAs('NoSuchEntityException', attach, /^Policy \S+Foreign does not exist or is not attachable\.$/);
    const bound = new Iam.PutUserPermissionsBoundaryCommand({ UserName: 'there', PermissionsBoundary: PolicyArn });
    await refusedAs('NoSuchEntityException', client.send(bound), /does not exist or is not attachable/);
    for (const command of [
      new Iam.GetPolicyCommand({ PolicyArn }),
      new Iam.ListPolicyVersionsCommand({ PolicyArn }),
      new Iam.DeletePolicyCommand({ PolicyArn }),
      new Iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: reading }),
      new Iam.ListEntitiesForPolicyCommand({ PolicyArn }),
    ]) {
      await refusedAs('AccessDenied', client.send(command as Iam.GetPolicyCommand), /is not authorized to perform/);
    }
    assert.deepEqual((await client.send(new Iam.ListPoliciesCommand({ Scope: 'Local' }))).Policies, []);
  });

  test('are guarded by their own ARN and tags', async () => {
    await iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'Ours', Path: '/red/', PolicyDocument: reading }));
    const Tags = [{ Key: 'team', Value: 'blue' }];
    await iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'Theirs', PolicyDocument: reading, Tags }));
    const ofBlue = { ...allow('iam:GetPolicy'), Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } };
    const making = allow('iam:CreatePolicy');
    const { iam: warden } = await house.user('warden', [], [allow('iam:DeletePolicy', arnOf('red/*')), ofBlue, making]);
    await warden.send(new Iam.GetPolicyCommand({ PolicyArn: arnOf('Theirs') }));
    const denied = (command: object) =>
      refusedAs('AccessDenied', warden.send(command as Iam.GetPolicyCommand), /no identity-based policy allows/);
    await denied(new Iam.GetPolicyCommand({ PolicyArn: arnOf('red/Ours') }));
    await denied(new Iam.DeletePolicyCommand({ PolicyArn: arnOf('Theirs') }));
    await denied(new Iam.CreatePolicyCommand({ PolicyName: 'tagged', PolicyDocument: reading, Tags }));
    await warden.send(new Iam.DeletePolicyCommand({ PolicyArn: arnOf('red/Ours') }));
  });
});
