// IAM and STS over a whole site: users, keys and policies, their refusals, and that a change bites on the next request.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { GetAccessKeyInfoCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type House, openHouse } from './support/house.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const document = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: "It's*(1)!", Effect: 'Allow', Action: 'ecr:*', Resource: '*' }],
}).replace("It's*(1)!", 'Everything');

describe('users, access keys and policies', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  const refused = (name: string, sending: Promise<unknown>, message = /./) =>
    assert.rejects(sending, (error: Error) => {
      assert.equal(error.name, name);
      assert.match(error.message, message);
      return true;
    });

  test('CreateUser, GetUser, ListUsers, DeleteUser', async () => {
    const { User } = await iam.send(new Iam.CreateUserCommand({ UserName: 'Carol', Path: '/team/' }));
    assert.match(User?.Arn ?? '', /^arn:aws:iam::\d{12}:user\/team\/Carol$/);
    assert.match(User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/);
    const again = iam.send(new Iam.CreateUserCommand({ UserName: 'CAROL' }));
    await refused('EntityAlreadyExistsException', again, /User with name CAROL already exists\./);
    const got = await iam.send(new Iam.GetUserCommand({ UserName: 'carol' }));
    assert.equal(got.User?.UserName, 'Carol');
    const missing = iam.send(new Iam.GetUserCommand({ UserName: 'nobody' }));
    await refused('NoSuchEntityException', missing, /^The user with name nobody cannot be found\.$/);
    const own = await iam.send(new Iam.GetUserCommand({}));
    assert.equal(own.User?.UserName, 'administrator');
    const bad = iam.send(new Iam.CreateUserCommand({ UserName: 'a b' }));
    await refused('ValidationError', bad, /1 validation error detected: Value 'a b' at 'userName'/);
    const page = await iam.send(new Iam.ListUsersCommand({ MaxItems: 1 }));
    assert.deepEqual([page.Users?.length, page.IsTruncated], [1, true]);
    const rest = await iam.send(new Iam.ListUsersCommand({ Marker: page.Marker ?? '' }));
    assert.equal(rest.IsTruncated, false);
    const names = [...(page.Users ?? []), ...(rest.Users ?? [])].map((one) => one.UserName);
    assert.deepEqual(names, ['administrator', 'Carol']);
    await refused('ValidationError', iam.send(new Iam.ListUsersCommand({ Marker: 'forged' })));
    await iam.send(new Iam.DeleteUserCommand({ UserName: 'Carol' }));
    await refused('NoSuchEntityException', iam.send(new Iam.DeleteUserCommand({ UserName: 'Carol' })));
  });

  test('CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey', async () => {
    const UserName = 'keys';
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    const create = () => iam.send(new Iam.CreateAccessKeyCommand({ UserName }));
    const first = (await create()).AccessKey;
    assert.match(first?.SecretAccessKey ?? '', /^[A-Za-z0-9/+]{40}$/);
    await create();
    await refused('LimitExceededException', create(), /Cannot exceed quota for AccessKeysPerUser: 2/);
    const listed = await iam.send(new Iam.ListAccessKeysCommand({ UserName }));
    assert.equal(listed.AccessKeyMetadata?.length, 2);
    const AccessKeyId = first?.AccessKeyId ?? '';
    await iam.send(new Iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
    const { AccessKeyMetadata } = await iam.send(new Iam.ListAccessKeysCommand({ UserName }));
    assert.equal(AccessKeyMetadata?.find((key) => key.AccessKeyId === AccessKeyId)?.Status, 'Inactive');
    await refused('DeleteConflictException', iam.send(new Iam.DeleteUserCommand({ UserName })), /delete access keys/);
    for (const key of AccessKeyMetadata ?? []) {
      await iam.send(new Iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: key.AccessKeyId ?? '' }));
    }
    const gone = iam.send(new Iam.DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    await refused('NoSuchEntityException', gone, /The Access Key with id AKIA\w+ cannot be found\./);
    const info = await house.administrator.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId }));
    assert.equal(info.Account, house.site.home.accountId);
  });

  test('PutUserPolicy, GetUserPolicy, ListUserPolicies, DeleteUserPolicy', async () => {
    const UserName = 'inline';
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam.send(new Iam.PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
    await put('one', document);
    await put('two', document);
    const got = await iam.send(new Iam.GetUserPolicyCommand({ UserName, PolicyName: 'one' }));
    assert.match(got.PolicyDocument ?? '', /^%7B%22Version%22/);
    assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), document);
    const listed = await iam.send(new Iam.ListUserPoliciesCommand({ UserName, MaxItems: 1 }));
    assert.deepEqual([listed.PolicyNames, listed.IsTruncated], [['one'], true]);
    await refused(
      'MalformedPolicyDocumentException',
      put('bad', '{"Version":"2012-10-17",\n"Statement":[{}]}'),
      /line 2/,
    );
    const large = document.replace('ecr:*', `ecr:${'x'.repeat(2100)}`);
    await refused(
      'LimitExceededException',
      put('large', large),
      /Maximum policy size of 2048 bytes exceeded for user inline/,
    );
    await refused('DeleteConflictException', iam.send(new Iam.DeleteUserCommand({ UserName })));
    for (const PolicyName of ['one', 'two']) await iam.send(new Iam.DeleteUserPolicyCommand({ UserName, PolicyName }));
    const gone = iam.send(new Iam.DeleteUserPolicyCommand({ UserName, PolicyName: 'one' }));
    await refused('NoSuchEntityException', gone, /The user policy with name one cannot be found\./);
  });

  test('AttachUserPolicy, ListAttachedUserPolicies, DetachUserPolicy, and the managed policies', async () => {
    const UserName = 'attached';
    await iam.send(new Iam.CreateUserCommand({ UserName }));
    const attach = (PolicyArn: string) => iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn }));
    await attach(readOnly);
    await attach(readOnly);
    const unknown = attach('arn:aws:iam::aws:policy/NoSuchPolicy');
    await refused('NoSuchEntityException', unknown, /does not exist or is not attachable/);
    const { AttachedPolicies } = await iam.send(new Iam.ListAttachedUserPoliciesCommand({ UserName }));
    assert.deepEqual(AttachedPolicies, [{ PolicyName: 'AmazonEC2ContainerRegistryReadOnly', PolicyArn: readOnly }]);
    await refused('DeleteConflictException', iam.send(new Iam.DeleteUserCommand({ UserName })));
    const detach = () => iam.send(new Iam.DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }));
    await detach();
    await refused('NoSuchEntityException', detach());
    const { Policy } = await iam.send(new Iam.GetPolicyCommand({ PolicyArn: readOnly }));
    assert.equal(Policy?.DefaultVersionId, 'v3');
    const version = await iam.send(new Iam.GetPolicyVersionCommand({ PolicyArn: readOnly, VersionId: 'v3' }));
    assert.match(decodeURIComponent(version.PolicyVersion?.Document ?? ''), /ecr:BatchGetImage/);
    const { Policies } = await iam.send(new Iam.ListPoliciesCommand({ Scope: 'AWS' }));
    assert.equal(Policies?.length, 38);
  });

  test('a user without permission is refused every one of them, by name and resource', async () => {
    const { iam: nobody, sts } = await house.user('outsider', []);
    const UserName = 'administrator';
    const PolicyArn = readOnly;
    const PolicyName = 'x';
    const calls = [
      () => nobody.send(new Iam.CreateUserCommand({ UserName: 'new' })),
      () => nobody.send(new Iam.GetUserCommand({ UserName })),
      () => nobody.send(new Iam.ListUsersCommand({})),
      () => nobody.send(new Iam.DeleteUserCommand({ UserName })),
      () => nobody.send(new Iam.CreateAccessKeyCommand({ UserName })),
      () => nobody.send(new Iam.ListAccessKeysCommand({ UserName })),
      () =>
        nobody.send(
          new Iam.UpdateAccessKeyCommand({ UserName, AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA', Status: 'Inactive' }),
        ),
      () => nobody.send(new Iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' })),
      () => nobody.send(new Iam.PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: document })),
      () => nobody.send(new Iam.GetUserPolicyCommand({ UserName, PolicyName })),
      () => nobody.send(new Iam.ListUserPoliciesCommand({ UserName })),
      () => nobody.send(new Iam.DeleteUserPolicyCommand({ UserName, PolicyName })),
      () => nobody.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn })),
      () => nobody.send(new Iam.DetachUserPolicyCommand({ UserName, PolicyArn })),
      () => nobody.send(new Iam.ListAttachedUserPoliciesCommand({ UserName })),
      () => nobody.send(new Iam.GetPolicyCommand({ PolicyArn })),
      () => nobody.send(new Iam.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' })),
      () => nobody.send(new Iam.ListPoliciesCommand({})),
      () => sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' })),
    ];
    const text =
      /user\/outsider is not authorized to perform: (iam|sts):\w+ on resource: \S+ because no identity-based/;
    for (const call of calls) await refused('AccessDenied', call(), text);
    const identity = await sts.send(new GetCallerIdentityCommand({}));
    assert.match(identity.Arn ?? '', /user\/outsider$/);
    const records = await house.auditRecords();
    const denied = records.filter(
      (one) => one.errorCode === 'AccessDenied' && one.userIdentity.userName === 'outsider',
    );
    assert.equal(denied.length, calls.length);
  });

  test('a changed policy, an inactive key and a deleted user bite on the next request, at both doors', async () => {
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'biting' }));
    const { ecr, oci, options } = await house.user('bitten', ['AmazonEC2ContainerRegistryReadOnly']);
    const client = await oci();
    const describe = () => ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['biting'] }));
    const list = async () => (await client.send('GET', '/v2/biting/tags/list')).status;
    await describe();
    assert.equal(await list(), 200);
    const UserName = 'bitten';
    await iam.send(new Iam.DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }));
    await refused('AccessDeniedException', describe());
    assert.equal(await list(), 403);
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName, PolicyArn: readOnly }));
    await describe();
    assert.equal(await list(), 200);
    const { accessKeyId: AccessKeyId } = options.credentials;
    await iam.send(new Iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
    await refused('UnrecognizedClientException', describe());
    assert.equal(await list(), 401);
    await iam.send(new Iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' }));
    assert.equal(await list(), 200);
    await iam.send(new Iam.DetachUserPolicyCommand({ UserName, PolicyArn: readOnly }));
    await iam.send(new Iam.DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    await iam.send(new Iam.DeleteUserCommand({ UserName }));
    assert.equal(await list(), 401);
  });

  test('no secret access key ever stands in the audit log', async () => {
    const records = await house.auditRecords();
    const made = records.filter(
      ({ eventName, errorCode }) => eventName === 'CreateAccessKey' && errorCode === undefined,
    );
    assert.ok(made.length >= 3);
    for (const { responseElements } of made) {
      assert.deepEqual(Object.keys(responseElements?.accessKey as object), ['userName', 'accessKeyId', 'status']);
    }
  });

  test('unsigned and wrongly signed Query calls answer in XML', async () => {
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`${house.url}/`, { method: 'POST', headers, body });
    assert.equal(response.status, 403);
    assert.match(
      await response.text(),
      /<Code>MissingAuthenticationToken<\/Code><Message>Missing Authentication Token/,
    );
    const { options } = house.administrator;
    const credentials = { ...options.credentials, secretAccessKey: 'wrong' };
    const forged = new STSClient({ ...options, credentials });
    await refused('SignatureDoesNotMatch', forged.send(new GetCallerIdentityCommand({})), /does not match/);
    forged.destroy();
  });

  test('a credential that is not accepted is told one thing, and the log knows the other', async () => {
    const { options } = house.administrator;
    const credentials = { ...options.credentials, accessKeyId: 'AKIAUNKNOWNUNKNOWN22' };
    const stranger = new STSClient({ ...options, credentials });
    await refused(
      'InvalidClientTokenId',
      stranger.send(new GetCallerIdentityCommand({})),
      /^The security token included in the request is invalid\.$/,
    );
    stranger.destroy();
    const record = (await house.auditRecords()).findLast(({ errorCode }) => errorCode === 'InvalidClientTokenId');
    assert.match(String(record?.additionalEventData?.reason), /AKIAUNKNOWNUNKNOWN22 is not usable/);
    assert.deepEqual(record?.userIdentity, { type: 'Unknown' });
  });
});
