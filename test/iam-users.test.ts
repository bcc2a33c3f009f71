// Users over a whole site: names, tags, boundaries, last uses, and the condition keys that bind administrators.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const pullOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
const serviceRole = 'arn:aws:iam::aws:policy/aws-service-role/ECRTemplateServiceRolePolicy';
const allow = (Action: string | readonly string[], Resource = '*', Condition = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});
const equals = (keys: object) => ({ StringEquals: keys });
const noUser = ['NoSuchEntityException', /^The user with name none cannot be found\.$/] as const;

describe('users', () => {
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

  test('are renamed and moved, and stay who they are', async () => {
    const { ecr } = await house.user('old', ['AmazonEC2ContainerRegistryReadOnly']);
    const before = (await iam.send(new Iam.GetUserCommand({ UserName: 'old' }))).User;
    await talk([
      said(new Iam.CreateUserCommand({ UserName: 'taken' })),
      said(new Iam.UpdateUserCommand({ UserName: 'old', NewUserName: 'New', NewPath: '/staff/' })),
      refused(
        new Iam.UpdateUserCommand({ UserName: 'New', NewUserName: 'TAKEN' }),
        'EntityAlreadyExistsException',
        /^User with name TAKEN already exists\.$/,
      ),
      said(new Iam.UpdateUserCommand({ UserName: 'New', NewUserName: 'NEW' })),
      refused(new Iam.UpdateUserCommand({ UserName: 'none', NewPath: '/' }), ...noUser),
      refused(new Iam.UpdateUserCommand({ UserName: 'NEW', NewPath: 'x' }), 'ValidationError', /at 'newPath' failed/),
      refused(new Iam.GetUserCommand({ UserName: 'old' }), 'NoSuchEntityException', /old cannot be found/),
    ]);
    const { User } = await iam.send(new Iam.GetUserCommand({ UserName: 'new' }));
    assert.equal(User?.Arn, `arn:aws:iam::${account}:user/staff/NEW`);
    assert.equal(User?.UserId, before?.UserId);
    await ecr.send(new DescribeRepositoriesCommand({}));
  });

  test('must be allowed to be called what they will be called', async () => {
    const own = (path: string) => `arn:aws:iam::${account}:user/${path}`;
    const { iam: clerk } = await house.user('clerk', [], [allow('iam:UpdateUser', own('staff/*'))]);
    const denied = clerk.send(new Iam.UpdateUserCommand({ UserName: 'NEW', NewPath: '/chiefs/' }));
    await assert.rejects(denied, /iam:UpdateUser on resource: \S+user\/chiefs\/NEW because no identity-based policy/);
    await clerk.send(new Iam.UpdateUserCommand({ UserName: 'NEW', NewUserName: 'Newer' }));
  });

  test('are made with tags and a boundary, and changed', async () => {
    const UserName = 'bounded';
    const Tags = [{ Key: 'Team', Value: 'red' }];
    const noScope = ['NoSuchEntityException', /^Scope ARN: \S+ does not exist or is not attachable\.$/] as const;
    const answers = await talk([
      said(new Iam.CreateUserCommand({ UserName, Tags, PermissionsBoundary: readOnly })),
      refused(new Iam.CreateUserCommand({ UserName: 'x', PermissionsBoundary: `${readOnly}x` }), ...noScope),
      refused(
        new Iam.CreateUserCommand({ UserName: 'x', Tags: [...Tags, { Key: 'TEAM', Value: '' }] }),
        'InvalidInputException',
        /^Duplicate tag keys found/,
      ),
      refused(
        new Iam.CreateUserCommand({ UserName: 'x', Tags: [{ Key: 'a<b', Value: '' }] }),
        'ValidationError',
        /at 'tags\.1\.member\.key' failed to satisfy constraint/,
      ),
      refused(new Iam.GetUserCommand({ UserName: 'x' }), 'NoSuchEntityException', /x cannot be found/),
      said(new Iam.TagUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'blue' }] })),
      refused(new Iam.TagUserCommand({ UserName: 'none', Tags }), ...noUser),
      said(new Iam.ListUserTagsCommand({ UserName })),
      refused(new Iam.ListUserTagsCommand({ UserName: 'none' }), ...noUser),
      said(new Iam.UntagUserCommand({ UserName, TagKeys: ['TEAM'] })),
      refused(new Iam.UntagUserCommand({ UserName: 'none', TagKeys: ['a'] }), ...noUser),
      said(new Iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: pullOnly })),
      refused(
        new Iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: serviceRole }),
        'PolicyNotAttachableException',
        /ECRTemplateServiceRolePolicy/,
      ),
      refused(new Iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: `${readOnly}x` }), ...noScope),
      said(new Iam.GetUserCommand({ UserName })),
      said(new Iam.DeleteUserPermissionsBoundaryCommand({ UserName })),
      refused(new Iam.DeleteUserPermissionsBoundaryCommand({ UserName }), 'NoSuchEntityException', /boundary/),
      said(new Iam.DeleteUserCommand({ UserName })),
    ]);
    const [made, , tags, , , got] = answers as [
      Iam.CreateUserResponse,
      unknown,
      Iam.ListUserTagsResponse,
      unknown,
      unknown,
      Iam.GetUserResponse,
    ];
    assert.deepEqual(made.User?.Tags, Tags);
    assert.equal(made.User?.PermissionsBoundary?.PermissionsBoundaryArn, readOnly);
    assert.deepEqual(tags.Tags, [{ Key: 'team', Value: 'blue' }]);
    assert.equal(got.User?.PermissionsBoundary?.PermissionsBoundaryArn, pullOnly);
    assert.equal(got.User?.Tags, undefined);
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    const again = await iam.send(new Iam.GetUserCommand({ UserName }));
    assert.equal(again.User?.PermissionsBoundary, undefined, 'a namesake has no boundary of the one before');
  });

  test('a boundary limits all that policies allow, from the next request on', async () => {
    const UserName = 'limited';
    const { ecr } = await house.user(UserName, ['AdministratorAccess']);
    const create = (repositoryName: string) => ecr.send(new CreateRepositoryCommand({ repositoryName }));
    await create('one');
    await iam.send(new Iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: readOnly }));
    await assert.rejects(create('two'), /because no permissions boundary allows the ecr:CreateRepository action/);
    await ecr.send(new DescribeRepositoriesCommand({}));
    await iam.send(new Iam.DeleteUserPermissionsBoundaryCommand({ UserName }));
    await create('two');
  });

  test('an administrator may be bound to boundaries, policies and tags', async () => {
    const boundary = equals({ 'iam:PermissionsBoundary': readOnly });
    const { iam: bound } = await house.user(
      'hr',
      [],
      [
        allow(['iam:CreateUser', 'iam:PutUserPolicy'], '*', boundary),
        allow('iam:AttachUserPolicy', '*', equals({ 'iam:PolicyARN': pullOnly })),
        allow(['iam:TagUser', 'iam:CreateRole'], '*', equals({ 'aws:RequestTag/team': 'red' })),
        allow('iam:CreateAccessKey', '*', equals({ 'iam:ResourceTag/team': 'red' })),
      ],
    );
    const UserName = 'hired';
    const policy = { PolicyName: 'p', PolicyDocument: JSON.stringify({ Statement: [allow('ecr:*')] }) };
    const denied = (sending: Promise<unknown>) => assert.rejects(sending, /no identity-based policy allows/);
    await denied(bound.send(new Iam.CreateUserCommand({ UserName })));
    await denied(bound.send(new Iam.CreateUserCommand({ UserName, PermissionsBoundary: pullOnly })));
    await bound.send(new Iam.CreateUserCommand({ UserName, PermissionsBoundary: readOnly }));
    await bound.send(new Iam.PutUserPolicyCommand({ UserName, ...policy }));
    await denied(bound.send(new Iam.PutUserPolicyCommand({ UserName: 'limited', ...policy })));
    await denied(bound.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn: readOnly })));
    await bound.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn: pullOnly }));
    await denied(bound.send(new Iam.CreateAccessKeyCommand({ UserName })));
    await denied(bound.send(new Iam.TagUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'blue' }] })));
    await bound.send(new Iam.TagUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'red' }] }));
    await bound.send(new Iam.CreateAccessKeyCommand({ UserName }));
  });

  test('who makes something with tags must be allowed to tag it', async () => {
    const { iam: maker } = await house.user('maker', [], [allow(['iam:Create*', 'iam:PassRole'])]);
    const Tags = [{ Key: 'team', Value: 'red' }];
    const trust = { Effect: 'Allow', Principal: { Service: 'ecr.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const role = { RoleName: 'made', AssumeRolePolicyDocument: JSON.stringify({ Statement: trust }) };
    const profile = { InstanceProfileName: 'made' };
    const calls = [
      ['iam:TagUser', () => maker.send(new Iam.CreateUserCommand({ UserName: 'made', Tags }))],
      ['iam:TagRole', () => maker.send(new Iam.CreateRoleCommand({ ...role, Tags }))],
      ['iam:TagInstanceProfile', () => maker.send(new Iam.CreateInstanceProfileCommand({ ...profile, Tags }))],
    ] as const;
    for (const [action, call] of calls)
      await assert.rejects(call(), new RegExp(`not authorized to perform: ${action} `));
    await maker.send(new Iam.CreateRoleCommand(role));
    await maker.send(new Iam.CreateInstanceProfileCommand(profile));
    const add = { ...profile, RoleName: 'made' };
    await assert.rejects(maker.send(new Iam.AddRoleToInstanceProfileCommand(add)), /iam:AddRoleToInstanceProfile/);
    const { iam: adder } = await house.user('adder', [], [allow('iam:AddRoleToInstanceProfile')]);
    await assert.rejects(
      adder.send(new Iam.AddRoleToInstanceProfileCommand(add)),
      /not authorized to perform: iam:PassRole/,
    );
  });

  test('an access key says when it was last used, and that it never was', async () => {
    const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'hired' }));
    const AccessKeyId = AccessKey?.AccessKeyId ?? '';
    const [answer] = await talk([
      said(new Iam.GetAccessKeyLastUsedCommand({ AccessKeyId })),
      refused(
        new Iam.GetAccessKeyLastUsedCommand({ AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }),
        'NoSuchEntityException',
        /^The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found\.$/,
      ),
      refused(new Iam.GetAccessKeyLastUsedCommand({ AccessKeyId: 'short' }), 'ValidationError', /'accessKeyId'/),
    ]);
    const { UserName, AccessKeyLastUsed } = answer as Iam.GetAccessKeyLastUsedResponse;
    assert.equal(UserName, 'hired');
    assert.deepEqual(AccessKeyLastUsed, { ServiceName: 'N/A', Region: 'N/A' });
  });
});
