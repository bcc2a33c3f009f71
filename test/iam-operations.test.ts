// Every operation of IAM and STS: its success, every error it documents, and the one audit record of each call.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Iam from '@aws-sdk/client-iam';
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const pullOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
const noSuchPolicy = 'arn:aws:iam::aws:policy/NoSuchPolicy';
const foreignKey = 'AKIAAAAAAAAAAAAAAAAA';
const allow = (Action: string, Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const document = documentOf(allow('ecr:*'));

interface Exchange {
  readonly name: string;
  /** `keyId` is the access key that the first CreateAccessKey made. */
  readonly command: (keyId: string) => object;
  /** The SDK's error name and a part of its message; undefined for a success. */
  readonly refused?: readonly [name: string, message: RegExp];
}

const UserName = 'Dora';
const nobody = { UserName: 'nobody' };
const noUser = ['NoSuchEntityException', /^The user with name nobody cannot be found\.$/] as const;
const badName = ['ValidationError', /Value 'a b' at 'userName' failed to satisfy constraint/] as const;
const badMarker = ['ValidationError', /^Invalid Marker\.$/] as const;
const keyOf = (given: string) => ({ UserName, AccessKeyId: given });
const put = { UserName, PolicyName: 'one', PolicyDocument: document };
const large = documentOf(allow(`ecr:${'x'.repeat(2100)}`));
const exchanges: readonly Exchange[] = [
  { name: 'CreateUser', command: () => new Iam.CreateUserCommand({ UserName, Path: '/team/' }) },
  {
    name: 'CreateUser',
    command: () => new Iam.CreateUserCommand({ UserName: 'DORA' }),
    refused: ['EntityAlreadyExistsException', /^User with name DORA already exists\.$/],
  },
  { name: 'CreateUser', command: () => new Iam.CreateUserCommand({ UserName: 'a b' }), refused: badName },
  { name: 'GetUser', command: () => new Iam.GetUserCommand({ UserName }) },
  { name: 'GetUser', command: () => new Iam.GetUserCommand({ UserName: 'a b' }), refused: badName },
  { name: 'GetUser', command: () => new Iam.GetUserCommand(nobody), refused: noUser },
  { name: 'ListUsers', command: () => new Iam.ListUsersCommand({ PathPrefix: '/team/' }) },
  { name: 'ListUsers', command: () => new Iam.ListUsersCommand({ Marker: 'forged' }), refused: badMarker },
  {
    name: 'ListUsers',
    command: () => new Iam.ListUsersCommand({ MaxItems: 1001 }),
    refused: ['ValidationError', /'maxItems' failed to satisfy constraint/],
  },
  {
    name: 'CreateAccessKey',
    command: () => new Iam.CreateAccessKeyCommand({ UserName }),
  },
  { name: 'CreateAccessKey', command: () => new Iam.CreateAccessKeyCommand({ UserName }) },
  {
    name: 'CreateAccessKey',
    command: () => new Iam.CreateAccessKeyCommand({ UserName }),
    refused: ['LimitExceededException', /^Cannot exceed quota for AccessKeysPerUser: 2$/],
  },
  { name: 'CreateAccessKey', command: () => new Iam.CreateAccessKeyCommand(nobody), refused: noUser },
  { name: 'CreateAccessKey', command: () => new Iam.CreateAccessKeyCommand({ UserName: 'a b' }), refused: badName },
  { name: 'ListAccessKeys', command: () => new Iam.ListAccessKeysCommand({ UserName }) },
  { name: 'ListAccessKeys', command: () => new Iam.ListAccessKeysCommand(nobody), refused: noUser },
  {
    name: 'ListAccessKeys',
    command: () => new Iam.ListAccessKeysCommand({ UserName, Marker: 'forged' }),
    refused: badMarker,
  },
  {
    name: 'UpdateAccessKey',
    command: (keyId) => new Iam.UpdateAccessKeyCommand({ ...keyOf(keyId), Status: 'Inactive' }),
  },
  {
    name: 'UpdateAccessKey',
    command: (keyId) => new Iam.UpdateAccessKeyCommand({ ...keyOf(keyId), Status: 'Expired' }),
    refused: ['InvalidInputException', /Expired/],
  },
  {
    name: 'UpdateAccessKey',
    command: (keyId) => new Iam.UpdateAccessKeyCommand({ ...keyOf(keyId), Status: 'Off' as 'Inactive' }),
    refused: ['ValidationError', /'status' failed to satisfy constraint: Member must satisfy enum value set/],
  },
  {
    name: 'UpdateAccessKey',
    command: () => new Iam.UpdateAccessKeyCommand({ ...keyOf(foreignKey), Status: 'Inactive' }),
    refused: ['NoSuchEntityException', /^The Access Key with id AKIA\w+ cannot be found\.$/],
  },
  {
    name: 'DeleteAccessKey',
    command: () => new Iam.DeleteAccessKeyCommand(keyOf(foreignKey)),
    refused: ['NoSuchEntityException', /^The Access Key with id AKIA\w+ cannot be found\.$/],
  },
  {
    name: 'DeleteAccessKey',
    command: () => new Iam.DeleteAccessKeyCommand(keyOf('short')),
    refused: ['ValidationError', /'accessKeyId'/],
  },
  { name: 'DeleteAccessKey', command: (keyId) => new Iam.DeleteAccessKeyCommand(keyOf(keyId)) },
  { name: 'PutUserPolicy', command: () => new Iam.PutUserPolicyCommand(put) },
  { name: 'PutUserPolicy', command: () => new Iam.PutUserPolicyCommand({ ...put, PolicyName: 'two' }) },
  { name: 'PutUserPolicy', command: () => new Iam.PutUserPolicyCommand({ ...put, ...nobody }), refused: noUser },
  {
    name: 'PutUserPolicy',
    command: () => new Iam.PutUserPolicyCommand({ ...put, PolicyDocument: '{"Version":"2012-10-17",\n "Id":"x"}' }),
    refused: ['MalformedPolicyDocumentException', /An identity policy has no element Id \(line 2, column 2\)$/],
  },
  {
    name: 'PutUserPolicy',
    command: () => new Iam.PutUserPolicyCommand({ ...put, PolicyDocument: large }),
    refused: ['LimitExceededException', /^Maximum policy size of 2048 bytes exceeded for user Dora$/],
  },
  {
    name: 'PutUserPolicy',
    command: () => new Iam.PutUserPolicyCommand({ ...put, PolicyName: 'a b' }),
    refused: ['ValidationError', /'policyName'/],
  },
  { name: 'GetUserPolicy', command: () => new Iam.GetUserPolicyCommand({ UserName, PolicyName: 'one' }) },
  {
    name: 'GetUserPolicy',
    command: () => new Iam.GetUserPolicyCommand({ UserName, PolicyName: 'none' }),
    refused: ['NoSuchEntityException', /^The user policy with name none cannot be found\.$/],
  },
  {
    name: 'GetUserPolicy',
    command: () => new Iam.GetUserPolicyCommand({ ...nobody, PolicyName: 'one' }),
    refused: noUser,
  },
  { name: 'ListUserPolicies', command: () => new Iam.ListUserPoliciesCommand({ UserName }) },
  { name: 'ListUserPolicies', command: () => new Iam.ListUserPoliciesCommand(nobody), refused: noUser },
  {
    name: 'ListUserPolicies',
    command: () => new Iam.ListUserPoliciesCommand({ UserName, Marker: 'forged' }),
    refused: badMarker,
  },
  {
    name: 'AttachUserPolicy',
    command: () => new Iam.AttachUserPolicyCommand({ UserName, PolicyArn: noSuchPolicy }),
    refused: ['NoSuchEntityException', /^Policy \S+NoSuchPolicy does not exist or is not attachable\.$/],
  },
  {
    name: 'AttachUserPolicy',
    command: () => new Iam.AttachUserPolicyCommand({ ...nobody, PolicyArn: readOnly }),
    refused: noUser,
  },
  { name: 'AttachUserPolicy', command: () => new Iam.AttachUserPolicyCommand({ UserName, PolicyArn: readOnly }) },
  { name: 'ListAttachedUserPolicies', command: () => new Iam.ListAttachedUserPoliciesCommand({ UserName }) },
  {
    name: 'ListAttachedUserPolicies',
    command: () => new Iam.ListAttachedUserPoliciesCommand(nobody),
    refused: noUser,
  },
  {
    name: 'ListAttachedUserPolicies',
    command: () => new Iam.ListAttachedUserPoliciesCommand({ UserName, Marker: 'forged' }),
    refused: badMarker,
  },
  {
    name: 'DeleteUser',
    command: () => new Iam.DeleteUserCommand({ UserName }),
    refused: ['DeleteConflictException', /^Cannot delete entity, must detach all policies first\.$/],
  },
  { name: 'DetachUserPolicy', command: () => new Iam.DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }) },
  {
    name: 'DetachUserPolicy',
    command: () => new Iam.DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }),
    refused: ['NoSuchEntityException', /^Policy \S+ReadOnly was not found\.$/],
  },
  {
    name: 'DeleteUser',
    command: () => new Iam.DeleteUserCommand({ UserName }),
    refused: ['DeleteConflictException', /must delete policies first/],
  },
  { name: 'DeleteUserPolicy', command: () => new Iam.DeleteUserPolicyCommand({ UserName, PolicyName: 'one' }) },
  {
    name: 'DeleteUserPolicy',
    command: () => new Iam.DeleteUserPolicyCommand({ UserName, PolicyName: 'one' }),
    refused: ['NoSuchEntityException', /^The user policy with name one cannot be found\.$/],
  },
  { name: 'DeleteUser', command: () => new Iam.DeleteUserCommand(nobody), refused: noUser },
  { name: 'GetPolicy', command: () => new Iam.GetPolicyCommand({ PolicyArn: readOnly }) },
  {
    name: 'GetPolicy',
    command: () => new Iam.GetPolicyCommand({ PolicyArn: noSuchPolicy }),
    refused: ['NoSuchEntityException', /NoSuchPolicy/],
  },
  {
    name: 'GetPolicy',
    command: () => new Iam.GetPolicyCommand({ PolicyArn: 'short' }),
    refused: ['ValidationError', /'policyArn'/],
  },
  {
    name: 'GetPolicyVersion',
    command: () => new Iam.GetPolicyVersionCommand({ PolicyArn: readOnly, VersionId: 'v3' }),
  },
  {
    name: 'GetPolicyVersion',
    command: () => new Iam.GetPolicyVersionCommand({ PolicyArn: readOnly, VersionId: 'v2' }),
    refused: ['NoSuchEntityException', /version v2 does not exist/],
  },
  { name: 'ListPolicies', command: () => new Iam.ListPoliciesCommand({ Scope: 'AWS' }) },
  { name: 'ListPolicies', command: () => new Iam.ListPoliciesCommand({ Marker: 'forged' }), refused: badMarker },
  { name: 'GetCallerIdentity', command: () => new GetCallerIdentityCommand({}) },
  {
    name: 'GetAccessKeyInfo',
    command: (keyId) => new GetAccessKeyInfoCommand({ AccessKeyId: keyId }),
  },
  {
    name: 'GetAccessKeyInfo',
    command: () => new GetAccessKeyInfoCommand({ AccessKeyId: 'short' }),
    refused: ['ValidationError', /'accessKeyId' failed to satisfy constraint/],
  },
];

describe('IAM and STS, operation by operation', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  test('each call is answered as documented and leaves exactly one record that says so', async () => {
    // A log that nothing was written to yet would be waited for.
    await house.administrator.sts.send(new GetCallerIdentityCommand({}));
    const before = (await house.auditRecords()).length;
    let keyId = '';
    const send = (exchange: Exchange) => {
      const { iam: own, sts } = house.administrator;
      const command = exchange.command(keyId);
      const isSts = command instanceof GetCallerIdentityCommand || command instanceof GetAccessKeyInfoCommand;
      return isSts ? sts.send(command as GetAccessKeyInfoCommand) : own.send(command as Iam.CreateAccessKeyCommand);
    };
    for (const exchange of exchanges) {
      const { name, refused } = exchange;
      if (refused === undefined) {
        const answer = await send(exchange);
        if ('AccessKey' in answer && keyId === '') keyId = answer.AccessKey?.AccessKeyId ?? '';
        continue;
      }
      await assert.rejects(send(exchange), (error: Error) => {
        assert.equal(error.name, refused[0], `${name}: ${error.message}`);
        assert.match(error.message, refused[1], name);
        return true;
      });
    }
    const records = (await house.auditRecords()).slice(before);
    const told = records.map(({ eventName, errorCode }) => [eventName, errorCode ?? '']);
    const expected = exchanges.map(({ name, refused }) => [name, refused?.[0].replace(/Exception$/, '') ?? '']);
    assert.deepEqual(told, expected);
    for (const { userIdentity, requestID } of records) {
      assert.equal(userIdentity.userName, 'administrator');
      assert.match(requestID, /^[0-9a-f-]{36}$/);
    }
    const created = records[0];
    assert.deepEqual(created?.requestParameters, { userName: 'Dora', path: '/team/' }, 'as CloudTrail spells it');
    assert.match(JSON.stringify(created?.responseElements?.user), /"arn":"arn:aws:iam::\d{12}:user\/team\/Dora"/);
  });

  test('pages go on after what was shown, also when that has been deleted since', async () => {
    const UserName = 'pages';
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    for (const PolicyName of ['a', 'b', 'c']) {
      await iam.send(new Iam.PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: document }));
    }
    const first = await iam.send(new Iam.ListUserPoliciesCommand({ UserName, MaxItems: 1 }));
    await iam.send(new Iam.DeleteUserPolicyCommand({ UserName, PolicyName: 'a' }));
    const Marker = first.Marker ?? '';
    const second = await iam.send(new Iam.ListUserPoliciesCommand({ UserName, MaxItems: 1, Marker }));
    assert.deepEqual([first.PolicyNames, second.PolicyNames, second.IsTruncated], [['a'], ['b'], true]);
    for (const PolicyArn of [readOnly, pullOnly])
      await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }));
    const names: string[] = [];
    for await (const page of Iam.paginateListAttachedUserPolicies({ client: iam, pageSize: 1 }, { UserName })) {
      names.push(...(page.AttachedPolicies ?? []).map(({ PolicyName = '' }) => PolicyName));
    }
    assert.deepEqual(
      names,
      [pullOnly, readOnly].map((arn) => arn.split('/')[1]),
    );
    const elsewhere = { UserName, PathPrefix: '/elsewhere/' };
    assert.deepEqual((await iam.send(new Iam.ListAttachedUserPoliciesCommand(elsewhere))).AttachedPolicies, []);
  });

  test('ListPolicies: attached ones, paths, and how often each is attached', async () => {
    const list = async (input: Iam.ListPoliciesCommandInput) =>
      (await iam.send(new Iam.ListPoliciesCommand(input))).Policies ?? [];
    await iam.send(new Iam.CreateUserCommand({ UserName: 'counted' }));
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName: 'counted', PolicyArn: pullOnly }));
    const attached = await list({ OnlyAttached: true });
    assert.ok(attached.some(({ Arn }) => Arn === pullOnly));
    assert.ok(!attached.some(({ PolicyName }) => PolicyName === 'AmazonEC2ContainerRegistryFullAccess'));
    assert.ok(attached.every(({ AttachmentCount = 0 }) => AttachmentCount > 0));
    assert.deepEqual(await list({ PathPrefix: '/Amazon' }), [], 'a name is no path');
    assert.deepEqual(await list({ OnlyAttached: true, PolicyUsageFilter: 'PermissionsBoundary' }), []);
    assert.deepEqual(await list({ Scope: 'Local' }), []);
  });

  test('a user is decided on under its own ARN, however the caller spells it', async () => {
    await iam.send(new Iam.CreateUserCommand({ UserName: 'Chief', Path: '/chiefs/' }));
    await iam.send(new Iam.CreateUserCommand({ UserName: 'Clerk', Path: '/clerks/' }));
    const own = (path: string) => `arn:aws:iam::${house.site.home.accountId}:user/${path}`;
    const deny = { Effect: 'Deny', Action: 'iam:*', Resource: [own('chiefs/*'), own('administrator')] };
    const { iam: warden } = await house.user('warden', [], [allow('iam:*'), deny]);
    for (const UserName of ['Chief', 'chief', 'CHIEF', 'Administrator', 'ADMINISTRATOR']) {
      await assert.rejects(
        warden.send(new Iam.CreateAccessKeyCommand({ UserName })),
        /not authorized to perform: iam:CreateAccessKey on resource: \S+ with an explicit deny/,
        UserName,
      );
    }
    await warden.send(new Iam.CreateAccessKeyCommand({ UserName: 'clerk' }));
    const { iam: guide } = await house.user('guide', [], [allow('iam:GetUser', own('clerks/*'))]);
    assert.equal((await guide.send(new Iam.GetUserCommand({ UserName: 'clerk' }))).User?.UserName, 'Clerk');
    await assert.rejects(guide.send(new Iam.GetUserCommand({ UserName: 'Chief' })), /no identity-based policy allows/);
    await assert.rejects(guide.send(new Iam.GetUserCommand({ UserName: 'absent' })), /no identity-based policy allows/);
  });
});
