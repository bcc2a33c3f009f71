// AssumeRole over a whole site: who may, as whom, for how long, limited by what, and how each refusal is told.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeRepositoriesCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { GetCallerIdentityCommand, GetFederationTokenCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';
import { assume, makeRole, policyOf } from './support/roles.ts';

const allow = (Action: string | readonly string[], more: object = {}) => ({ Effect: 'Allow', Action, ...more });
const may = (Action: string | readonly string[], Resource = '*') => allow(Action, { Resource });

describe('AssumeRole', () => {
  let house: House;
  let admin: HouseUser;
  /** May assume every role that its account trusts. */
  let anna: HouseUser;
  let account = '';
  const trusting = (action: string | readonly string[], more: object = {}) => [
    allow(action, { Principal: { AWS: account }, ...more }),
  ];
  const taking = (RoleArn: string, input: Partial<AssumeRoleCommandInput> = {}, caller = anna) =>
    assume(house, caller, RoleArn, input);
  before(async () => {
    house = await openHouse();
    admin = house.administrator;
    account = house.site.home.accountId;
    anna = await house.user('anna', [], [may('sts:*')]);
  });
  after(() => house.dispose());

  test('a session is the role, for an hour, under a name without the path', async () => {
    const arn = await makeRole(admin, 'Reader', {
      trust: trusting('sts:AssumeRole'),
      may: [may('ecr:DescribeRepositories')],
      Path: '/teams/one/',
    });
    const { answer, session } = await taking(arn, { RoleSessionName: 'first' });
    const { AssumedRoleUser, Credentials, PackedPolicySize, SourceIdentity } = answer;
    assert.equal(AssumedRoleUser?.Arn, `arn:aws:sts::${account}:assumed-role/Reader/first`);
    assert.match(AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:first$/);
    assert.deepEqual([PackedPolicySize, SourceIdentity], [undefined, undefined]);
    assert.ok((Credentials?.SessionToken?.length ?? 9999) < 2048);
    const leftMs = (Credentials?.Expiration?.getTime() ?? 0) - Date.now();
    assert.ok(leftMs > 3_580_000 && leftMs <= 3_600_000, `${leftMs} ms`);
    const who = await session.sts.send(new GetCallerIdentityCommand({}));
    assert.deepEqual([who.Arn, who.UserId], [AssumedRoleUser?.Arn, AssumedRoleUser?.AssumedRoleId]);
    await session.ecr.send(new DescribeRepositoriesCommand({}));
    const listing = session.ecr.send(new ListImagesCommand({ repositoryName: 'none' }));
    await refusedAs('AccessDeniedException', listing, /assumed-role\/Reader\/first .* no identity-based policy allows/);
    for (const command of [new GetSessionTokenCommand({}), new GetFederationTokenCommand({ Name: 'bob' })]) {
      const sending = session.sts.send(command as GetSessionTokenCommand);
      await refusedAs('AccessDenied', sending, /^Cannot call Get\w+Token with session credentials$/);
    }
  });

  test('the trust must allow, and where it only names the account the caller’s own policies too', async () => {
    const trusted = await makeRole(admin, 'Trusted', { trust: trusting('sts:AssumeRole') });
    const closed = await makeRole(admin, 'Closed', {
      trust: [allow('sts:AssumeRole', { Principal: { Service: 'ecr.amazonaws.com' } })],
    });
    const named = await makeRole(admin, 'Named', {
      trust: [allow('sts:AssumeRole', { Principal: { AWS: `arn:aws:iam::${account}:user/anna` } })],
    });
    const nobody = await house.user('nobody', []);
    const text = (role: string, who: string, why: string) =>
      new RegExp(
        `^User: .*user/${who} is not authorized to perform: sts:AssumeRole on resource: .*role/${role} because ${why}`,
      );
    await taking(trusted);
    await refusedAs('AccessDenied', taking(trusted, {}, nobody), text('Trusted', 'nobody', 'no identity-based policy'));
    await refusedAs(
      'AccessDenied',
      taking(closed),
      text('Closed', 'anna', 'no role trust policy allows the sts:AssumeRole'),
    );
    await taking(named);
    await refusedAs('AccessDenied', taking(named, {}, nobody), text('Named', 'nobody', 'no role trust policy'));
    const direct = await makeRole(admin, 'Direct', {
      trust: [allow('sts:AssumeRole', { Principal: { AWS: `arn:aws:iam::${account}:user/nobody` } })],
    });
    await taking(direct, {}, nobody);
    const missing = `arn:aws:iam::${account}:role/Missing`;
    for (const caller of [anna, admin]) {
      await refusedAs('AccessDenied', taking(missing, {}, caller), /role\/Missing because no role trust policy allows/);
    }
    for (const wrong of [
      trusted.toUpperCase(),
      trusted.replace('Trusted', 'trusted'),
      trusted.replace('role/', 'role/x/'),
    ]) {
      await refusedAs('AccessDenied', taking(wrong), /./);
    }
    await refusedAs('AccessDenied', taking(`arn:aws:iam::444455556666:role/Trusted`), /no role trust policy allows/);
    await refusedAs('ValidationError', taking('Trusted'), /'roleArn'/);
  });

  test('conditions of the trust: ExternalId, session name, and codes of devices that nobody has', async () => {
    const arn = await makeRole(admin, 'Deputy', {
      trust: trusting('sts:AssumeRole', {
        Condition: { StringEquals: { 'sts:ExternalId': 'tenant-7' }, StringLike: { 'sts:RoleSessionName': 'job-*' } },
      }),
    });
    await taking(arn, { ExternalId: 'tenant-7', RoleSessionName: 'job-1' });
    await refusedAs('AccessDenied', taking(arn, { RoleSessionName: 'job-1' }), /no role trust policy/);
    await refusedAs('AccessDenied', taking(arn, { ExternalId: 'tenant-8', RoleSessionName: 'job-1' }));
    await refusedAs('AccessDenied', taking(arn, { ExternalId: 'tenant-7', RoleSessionName: 'other' }));
    const code = { SerialNumber: `arn:aws:iam::${account}:mfa/anna`, TokenCode: '000000' };
    const failed = /^MultiFactorAuthentication failed, unable to validate MFA code/;
    await refusedAs('AccessDenied', taking(arn, { ExternalId: 'tenant-7', RoleSessionName: 'job-1', ...code }), failed);
    const half = taking(arn, { SerialNumber: code.SerialNumber });
    await refusedAs('AccessDenied', half, /must provide both MFA serial number and one time pass code/);
    const guarded = await makeRole(admin, 'Guarded', {
      trust: trusting('sts:AssumeRole', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    });
    await refusedAs('AccessDenied', taking(guarded), /no role trust policy/);
  });

  test('how long: the role’s own maximum, and an hour from a role to the next', async () => {
    const arn = await makeRole(admin, 'Long', {
      trust: trusting('sts:AssumeRole'),
      may: [may('sts:AssumeRole')],
      MaxSessionDuration: 7200,
    });
    await taking(arn, { DurationSeconds: 7200 });
    const over = /^The requested DurationSeconds exceeds the MaxSessionDuration set for this role\.$/;
    await refusedAs('ValidationError', taking(arn, { DurationSeconds: 7201 }), over);
    await refusedAs('ValidationError', taking(arn, { DurationSeconds: 899 }), /greater than or equal to 900/);
    await refusedAs('ValidationError', taking(arn, { DurationSeconds: 43_201 }), /less than or equal to 43200/);
    const { session } = await taking(arn);
    await taking(arn, { DurationSeconds: 3600 }, session);
    const chained =
      /^The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining\.$/;
    await refusedAs('ValidationError', taking(arn, { DurationSeconds: 3601 }, session), chained);
  });

  test('session policies limit, and are refused when they are none, unknown or too much', async () => {
    const arn = await makeRole(admin, 'Wide', {
      trust: trusting(['sts:AssumeRole', 'sts:TagSession']),
      may: [may('ecr:*')],
    });
    const describing = ({ session }: { session: HouseUser }) => session.ecr.send(new DescribeRepositoriesCommand({}));
    const inline = await taking(arn, { Policy: policyOf(may('ecr:ListImages')) });
    assert.ok((inline.answer.PackedPolicySize ?? 0) > 0 && (inline.answer.PackedPolicySize ?? 0) < 20);
    await refusedAs('AccessDeniedException', describing(inline), /because no session policy allows/);
    const readOnly = [{ arn: 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly' }];
    await describing(await taking(arn, { PolicyArns: readOnly, Policy: policyOf(may('ecr:PutImage')) }));
    const denying = await taking(arn, {
      PolicyArns: readOnly,
      Policy: policyOf({ ...may('ecr:Describe*'), Effect: 'Deny' }),
    });
    await refusedAs('AccessDeniedException', describing(denying), /with an explicit deny in a session policy/);
    await refusedAs('MalformedPolicyDocument', taking(arn, { Policy: '{}' }), /line 1/);
    const none = [{ arn: `arn:aws:iam::${account}:policy/none` }];
    await refusedAs(
      'MalformedPolicyDocument',
      taking(arn, { PolicyArns: none }),
      /does not exist or is not attachable/,
    );
    const eleven = Array.from({ length: 11 }, () => readOnly[0] ?? { arn: '' });
    await refusedAs('ValidationError', taking(arn, { PolicyArns: eleven }), /less than or equal to 10/);
    const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(64))).toString('hex');
    const Tags = Array.from({ length: 50 }, () => ({ Key: random(), Value: random() }));
    await refusedAs('PackedPolicyTooLarge', taking(arn, { Tags }), /^Packed policy consumes \d{3}% of allotted space/);
  });

  test('tags need sts:TagSession on both sides; transitive ones are handed on and cannot be changed', async () => {
    const trust = trusting(['sts:AssumeRole', 'sts:TagSession']);
    const tagged = await makeRole(admin, 'Tagged', { trust, may: [may('sts:*')] });
    const plain = await makeRole(admin, 'Plain', { trust: trusting('sts:AssumeRole') });
    const Tags = [
      { Key: 'Team', Value: 'red' },
      { Key: 'Job', Value: '7' },
    ];
    await refusedAs(
      'AccessDenied',
      taking(plain, { Tags }),
      /sts:TagSession on resource: \S+role\/Plain because no role trust policy/,
    );
    const untagging = await house.user('untagging', [], [may('sts:AssumeRole')]);
    await refusedAs(
      'AccessDenied',
      taking(tagged, { Tags }, untagging),
      /to perform: sts:TagSession .* no identity-based/,
    );
    const { session, answer } = await taking(tagged, { Tags, TransitiveTagKeys: ['team'] });
    assert.ok((answer.PackedPolicySize ?? 0) > 0);
    await refusedAs(
      'ValidationError',
      taking(tagged, { Tags, TransitiveTagKeys: ['other'] }),
      /must be included in the requested tags/,
    );
    const again = taking(tagged, { Tags: [{ Key: 'TEAM', Value: 'blue' }] }, session);
    await refusedAs('ValidationError', again, /conflicts with a transitive tag key from the calling session/);
    await refusedAs(
      'AccessDenied',
      taking(plain, {}, session),
      /to perform: sts:TagSession on resource: \S+role\/Plain/,
    );
    const next = await taking(tagged, { Tags: [{ Key: 'Job', Value: '8' }] }, session);
    await refusedAs(
      'ValidationError',
      taking(tagged, { Tags: [{ Key: 'Team', Value: 'x' }] }, next.session),
      /conflicts/,
    );
    const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'red' } };
    const painted = await makeRole(admin, 'Painted', { trust, may: [{ ...may('ecr:*'), Condition }] });
    const describing = async (input: Partial<AssumeRoleCommandInput>, caller: HouseUser) =>
      (await taking(painted, input, caller)).session.ecr.send(new DescribeRepositoriesCommand({}));
    await describing({ Tags }, anna);
    await describing({}, next.session);
    await refusedAs('AccessDeniedException', describing({}, anna), /no identity-based policy/);
    await refusedAs('AccessDeniedException', describing({ Tags: [{ Key: 'Team', Value: 'blue' }] }, anna));
    const only = await makeRole(admin, 'Red', {
      trust: trusting(['sts:AssumeRole', 'sts:TagSession'], {
        Condition: { StringEquals: { 'aws:RequestTag/Team': 'red' } },
      }),
    });
    await taking(only, { Tags });
    await refusedAs('AccessDenied', taking(only, { Tags: [{ Key: 'Team', Value: 'blue' }] }), /no role trust policy/);
    await refusedAs('AccessDenied', taking(only), /no role trust policy/);
  });

  test('a source identity needs sts:SetSourceIdentity, stays for the chain and cannot be changed', async () => {
    const trust = trusting(['sts:AssumeRole', 'sts:SetSourceIdentity']);
    const arn = await makeRole(admin, 'Sourced', { trust, may: [may('sts:*')] });
    const plain = await makeRole(admin, 'Unsourced', { trust: trusting('sts:AssumeRole') });
    const SourceIdentity = 'anna@example.com';
    await refusedAs('AccessDenied', taking(plain, { SourceIdentity }), /to perform: sts:SetSourceIdentity/);
    const { answer, session } = await taking(arn, { SourceIdentity });
    assert.equal(answer.SourceIdentity, SourceIdentity);
    const next = await taking(arn, {}, session);
    assert.equal(next.answer.SourceIdentity, SourceIdentity, 'inherited');
    await taking(arn, { SourceIdentity }, session);
    await refusedAs('AccessDenied', taking(arn, { SourceIdentity: 'bob' }, session), /cannot be changed/);
    await refusedAs('AccessDenied', taking(plain, {}, session), /to perform: sts:SetSourceIdentity/);
    await refusedAs('ValidationError', taking(arn, { SourceIdentity: 'aws:x' }), /sourceIdentity/);
  });

  test('an own session may assume a role, a federated one may not', async () => {
    const arn = await makeRole(admin, 'Next', { trust: trusting('sts:AssumeRole') });
    const own = house.session((await anna.sts.send(new GetSessionTokenCommand({}))).Credentials);
    await taking(arn, {}, own);
    const Policy = policyOf(may('*'));
    const made = await anna.sts.send(new GetFederationTokenCommand({ Name: 'guest', Policy }));
    await refusedAs('AccessDenied', taking(arn, {}, house.session(made.Credentials)), /^Cannot call AssumeRole/);
  });

  test('its record shows who became what, without secret and token', async () => {
    const arn = await makeRole(admin, 'Recorded', {
      trust: trusting(['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession']),
      Path: '/x/',
    });
    const input = {
      RoleSessionName: 'seen',
      SourceIdentity: 'anna',
      Tags: [{ Key: 'a', Value: 'b' }],
      DurationSeconds: 900,
    };
    const { answer, session } = await taking(arn, input);
    await session.sts.send(new GetCallerIdentityCommand({}));
    const records = await house.auditRecords();
    const record = records.find(({ requestParameters }) => requestParameters?.['roleSessionName'] === 'seen');
    const { durationSeconds, roleArn, sourceIdentity, tags } = record?.requestParameters ?? {};
    assert.deepEqual([durationSeconds, roleArn, sourceIdentity, tags], [900, arn, 'anna', [{ key: 'a', value: 'b' }]]);
    assert.deepEqual([record?.eventName, record?.readOnly], ['AssumeRole', true]);
    assert.deepEqual(record?.resources, [{ ARN: arn, accountId: account, type: 'AWS::IAM::Role' }]);
    const { credentials, assumedRoleUser } = (record?.responseElements ?? {}) as Record<string, Record<string, string>>;
    assert.equal(credentials?.['accessKeyId'], answer.Credentials?.AccessKeyId);
    assert.deepEqual(Object.keys(credentials ?? {}), ['accessKeyId', 'expiration']);
    assert.deepEqual(assumedRoleUser, {
      assumedRoleId: answer.AssumedRoleUser?.AssumedRoleId,
      arn: answer.AssumedRoleUser?.Arn,
    });
    const key = answer.Credentials?.AccessKeyId;
    const identity = records.find(({ userIdentity }) => userIdentity['accessKeyId'] === key)?.userIdentity;
    const [roleId] = answer.AssumedRoleUser?.AssumedRoleId?.split(':') ?? [];
    const { sessionContext, ...rest } = identity as { sessionContext: Record<string, Record<string, string>> };
    assert.deepEqual(rest, {
      type: 'AssumedRole',
      principalId: `${roleId}:seen`,
      arn: answer.AssumedRoleUser?.Arn,
      accountId: account,
      accessKeyId: key,
    });
    const { sessionIssuer, attributes, sourceIdentity: kept } = sessionContext;
    assert.deepEqual(sessionIssuer, {
      type: 'Role',
      principalId: roleId,
      arn,
      accountId: account,
      userName: 'Recorded',
    });
    assert.deepEqual([attributes?.['mfaAuthenticated'], kept], ['false', 'anna']);
    const log = JSON.stringify(records);
    const { SecretAccessKey = '-', SessionToken = '-' } = answer.Credentials ?? {};
    assert.ok(!log.includes(SecretAccessKey) && !log.includes(SessionToken));
  });
});
