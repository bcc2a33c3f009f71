// Temporary credentials over a whole site: what each kind of session may call, and how it is recorded.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { ListUsersCommand } from '@aws-sdk/client-iam';
import * as Sts from '@aws-sdk/client-sts';
import { type House, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';

const allowEcr = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' };
const statements = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const device = { SerialNumber: 'arn:aws:iam::111122223333:mfa/none', TokenCode: '123456' };

describe('GetSessionToken and GetFederationToken', () => {
  let house: House;
  let sts: Sts.STSClient;
  before(async () => {
    house = await openHouse();
    sts = house.administrator.sts;
  });
  after(() => house.dispose());

  test('a session of a user is the user, without IAM and without most of STS', async () => {
    const { sts: dora } = await house.user('dora', [], [allowEcr, { ...allowEcr, Action: '*' }]);
    const answer = await dora.send(new Sts.GetSessionTokenCommand({ DurationSeconds: 900 }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {};
    assert.match(AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.match(SecretAccessKey, /^[A-Za-z0-9/+]{40}$/);
    assert.ok(SessionToken.length < 2048, `${SessionToken.length} characters`);
    assert.equal(answer.SessionTokenSize, SessionToken.length);
    const leftMs = (Expiration?.getTime() ?? 0) - Date.now();
    assert.ok(leftMs > 880_000 && leftMs <= 900_000, `${leftMs} ms`);
    const session = house.session(answer.Credentials);
    const { sts: temporary } = session;
    const [long, short] = [
      await dora.send(new Sts.GetCallerIdentityCommand({})),
      await temporary.send(new Sts.GetCallerIdentityCommand({})),
    ];
    assert.deepEqual([short.Arn, short.UserId, short.Account], [long.Arn, long.UserId, long.Account]);
    await session.ecr.send(new DescribeRepositoriesCommand({}));
    await refusedAs('InvalidClientTokenId', session.iam.send(new ListUsersCommand({})), /security token .* is invalid/);
    for (const command of [
      new Sts.GetSessionTokenCommand({}),
      new Sts.GetFederationTokenCommand({ Name: 'bob' }),
      new Sts.GetAccessKeyInfoCommand({ AccessKeyId }),
    ]) {
      const name = command.constructor.name.replace('Command', '');
      const text = new RegExp(`Cannot call ${name} with session credentials`);
      await refusedAs('AccessDenied', temporary.send(command as Sts.GetSessionTokenCommand), text);
    }
    const info = await dora.send(new Sts.GetAccessKeyInfoCommand({ AccessKeyId }));
    assert.equal(info.Account, long.Account);
  });

  test('GetSessionToken refuses codes of unknown devices, half a code, and durations out of bounds', async () => {
    const get = (input: Sts.GetSessionTokenCommandInput) => sts.send(new Sts.GetSessionTokenCommand(input));
    await refusedAs(
      'AccessDenied',
      get(device),
      /^MultiFactorAuthentication failed, unable to validate MFA code\. {2}Please/,
    );
    await refusedAs('AccessDenied', get({ TokenCode: '123456' }), /must provide both MFA serial number and one time/);
    await refusedAs(
      'ValidationError',
      get({ DurationSeconds: 899 }),
      /'durationSeconds' .* greater than or equal to 900/,
    );
    await refusedAs('ValidationError', get({ DurationSeconds: 129_601 }), /less than or equal to 129600/);
    await refusedAs('ValidationError', get({ TokenCode: '12345', SerialNumber: device.SerialNumber }), /tokenCode/);
    const large = await get({ MinimumSessionTokenSize: 4096 });
    assert.ok((large.SessionTokenSize ?? 0) >= 4096);
    await house.session(large.Credentials).sts.send(new Sts.GetCallerIdentityCommand({}));
  });

  test('a federated user gets what its policy and its user both allow, and neither IAM nor STS', async () => {
    const { sts: maker } = await house.user('maker', [], [allowEcr, { ...allowEcr, Action: 'sts:*' }]);
    const federate = (input: Partial<Sts.GetFederationTokenCommandInput>) =>
      maker.send(new Sts.GetFederationTokenCommand({ Name: 'bob', ...input }));
    const account = house.site.home.accountId;
    const nothing = await federate({});
    assert.deepEqual(nothing.FederatedUser, {
      FederatedUserId: `${account}:bob`,
      Arn: `arn:aws:sts::${account}:federated-user/bob`,
    });
    assert.equal(nothing.PackedPolicySize, undefined);
    const describe = (made: Sts.GetFederationTokenCommandOutput) =>
      house.session(made.Credentials).ecr.send(new DescribeRepositoriesCommand({}));
    await refusedAs(
      'AccessDeniedException',
      describe(nothing),
      /federated-user\/bob .* because no session policy allows/,
    );
    const some = await federate({ Policy: statements({ Effect: 'Allow', Action: 'ecr:Describe*', Resource: '*' }) });
    assert.ok((some.PackedPolicySize ?? 0) > 0);
    await describe(some);
    const other = await federate({ Policy: statements({ Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' }) });
    await refusedAs('AccessDeniedException', describe(other), /because no session policy allows/);
    const arn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
    const managed = await federate({
      PolicyArns: [{ arn }],
      Policy: statements({ ...allowEcr, Action: 'ecr:PutImage' }),
    });
    await describe(managed);
    const session = house.session(managed.Credentials);
    const identity = await session.sts.send(new Sts.GetCallerIdentityCommand({}));
    assert.deepEqual([identity.Arn, identity.UserId], [nothing.FederatedUser?.Arn, `${account}:bob`]);
    await refusedAs(
      'AccessDenied',
      session.sts.send(new Sts.GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' })),
      /Cannot call/,
    );
    await refusedAs('InvalidClientTokenId', session.iam.send(new ListUsersCommand({})));
  });

  test('GetFederationToken refuses bad policies, unknown ARNs, full tokens, double tags, and who may not', async () => {
    const federate = (input: Partial<Sts.GetFederationTokenCommandInput>) =>
      sts.send(new Sts.GetFederationTokenCommand({ Name: 'bob', ...input }));
    await refusedAs('MalformedPolicyDocument', federate({ Policy: '{"Statement":\n[{}]}' }), /line 2/);
    const arn = 'arn:aws:iam::aws:policy/NoSuchPolicy';
    await refusedAs(
      'MalformedPolicyDocument',
      federate({ PolicyArns: [{ arn }] }),
      /does not exist or is not attachable/,
    );
    await refusedAs(
      'ValidationError',
      federate({ Policy: statements({ ...allowEcr, Action: `ecr:${'x'.repeat(2048)}` }) }),
      /2048/,
    );
    const random = (index: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(120))).toString('hex') + index;
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: random(index).slice(0, 128), Value: random(index) }));
    await refusedAs('PackedPolicyTooLarge', federate({ Tags }), /^Packed policy consumes \d{3}% of allotted space/);
    await refusedAs(
      'ValidationError',
      federate({
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'A', Value: '2' },
        ],
      }),
      /Duplicate tag keys/,
    );
    await refusedAs('ValidationError', federate({ Tags: [{ Key: 'aws:a', Value: '1' }] }), /reserved/);
    await refusedAs('ValidationError', federate({ Name: 'a b' }), /'name'/);
    const { sts: outsider } = await house.user('outsider', []);
    const refused = outsider.send(new Sts.GetFederationTokenCommand({ Name: 'bob' }));
    await refusedAs(
      'AccessDenied',
      refused,
      /to perform: sts:GetFederationToken on resource: arn:aws:sts::\d+:federated-user\/bob/,
    );
    const { sts: untagged } = await house.user('untagged', [], [{ ...allowEcr, Action: 'sts:GetFederationToken' }]);
    await untagged.send(new Sts.GetFederationTokenCommand({ Name: 'bob' }));
    const tagged = untagged.send(new Sts.GetFederationTokenCommand({ Name: 'bob', Tags: [{ Key: 'a', Value: 'b' }] }));
    await refusedAs('AccessDenied', tagged, /to perform: sts:TagSession/);
  });

  test('records show whose session it was and when it began, and never a secret or a token', async () => {
    const { sts: rita, options } = await house.user('rita', [], [allowEcr, { ...allowEcr, Action: 'sts:*' }]);
    const own = await rita.send(new Sts.GetSessionTokenCommand({}));
    const federated = await rita.send(new Sts.GetFederationTokenCommand({ Name: 'guest' }));
    for (const { Credentials } of [own, federated]) {
      await house.session(Credentials).sts.send(new Sts.GetCallerIdentityCommand({}));
    }
    const records = await house.auditRecords();
    const made = records.find(({ requestParameters }) => requestParameters?.['name'] === 'guest');
    assert.deepEqual(made?.requestParameters, { name: 'guest' });
    const { credentials, federatedUser } = (made?.responseElements ?? {}) as Record<string, Record<string, string>>;
    assert.deepEqual(Object.keys(credentials ?? {}), ['accessKeyId', 'expiration']);
    assert.equal(federatedUser?.['federatedUserId'], `${house.site.home.accountId}:guest`);
    assert.equal(made?.readOnly, true);
    const of = (key = '') => records.find(({ userIdentity }) => userIdentity['accessKeyId'] === key)?.userIdentity;
    const attributes = { creationDate: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, mfaAuthenticated: 'false' };
    const user = of(own.Credentials?.AccessKeyId);
    const { sessionContext, ...rest } = user as { sessionContext: { attributes: Record<string, string> } };
    const ritaIdentity = of(options.credentials.accessKeyId);
    assert.deepEqual(rest, { ...ritaIdentity, accessKeyId: own.Credentials?.AccessKeyId });
    assert.deepEqual(Object.keys(sessionContext), ['attributes']);
    assert.match(sessionContext.attributes['creationDate'] ?? '', attributes.creationDate);
    assert.equal(sessionContext.attributes['mfaAuthenticated'], attributes.mfaAuthenticated);
    const guest = of(federated.Credentials?.AccessKeyId);
    assert.equal(guest?.['type'], 'FederatedUser');
    const { sessionIssuer } = (guest?.['sessionContext'] ?? {}) as { sessionIssuer?: object };
    const { principalId, arn, accountId, userName } = ritaIdentity as Record<string, string>;
    assert.deepEqual(sessionIssuer, { type: 'IAMUser', principalId, arn, accountId, userName });
    const log = JSON.stringify(records);
    for (const { Credentials } of [own, federated]) {
      assert.ok(!log.includes(Credentials?.SecretAccessKey ?? '-') && !log.includes(Credentials?.SessionToken ?? '-'));
    }
  });
});

test('STS is signed for the global endpoint or for a region that is served, and nothing else', async () => {
  const house = await openHouse('region: eu-west-1');
  const whoAmI = (region: string) => {
    const { sts } = house.as({ ...house.administrator.options, region });
    return sts.send(new Sts.GetCallerIdentityCommand({}));
  };
  try {
    const account = house.site.home.accountId;
    assert.deepEqual([(await whoAmI('us-east-1')).Account, (await whoAmI('eu-west-1')).Account], [account, account]);
    await refusedAs('SignatureDoesNotMatch', whoAmI('eu-central-1'), /should be scoped to a valid region/);
    const regions = (await house.auditRecords()).filter(({ errorCode }) => errorCode === undefined);
    assert.deepEqual(new Set(regions.map(({ awsRegion }) => awsRegion)), new Set(['eu-west-1']));
  } finally {
    await house.dispose();
  }
});
