// Grants through the corridor: whoever has one may use the key at the next call, whoever lost it no more.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateUserCommand, DeleteRoleCommand, DeleteUserCommand } from '@aws-sdk/client-iam';
import * as Kms from '@aws-sdk/client-kms';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';
import { assume, makeRole } from './support/roles.ts';

const Plaintext = Buffer.from('x');
const denied = 'AccessDeniedException';

describe('grants', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let account: string;
  let ann: HouseUser;
  let bob: HouseUser;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
    account = house.site.home.accountId;
    ann = await house.user('ann', []);
    bob = await house.user('bob', []);
  });
  after(() => house.dispose());

  const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;
  const newKey = async () => (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const grant = async (KeyId: string, input: Partial<Kms.CreateGrantCommandInput> = {}, by = house.administrator) => {
    const Operations: Kms.GrantOperation[] = ['Encrypt'];
    const wanted = { KeyId, GranteePrincipal: userArn('ann'), Operations, ...input };
    const { GrantId = '', GrantToken = '' } = await by.kms.send(new Kms.CreateGrantCommand(wanted));
    return { GrantId, GrantToken };
  };
  const encrypt = (user: HouseUser, KeyId: string, EncryptionContext?: Record<string, string>) =>
    user.kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
  const listed = async (KeyId: string) => (await kms.send(new Kms.ListGrantsCommand({ KeyId }))).Grants ?? [];

  test('a grant counts at the next call, and no more once it is revoked', async () => {
    const KeyId = await newKey();
    await refusedAs(denied, encrypt(ann, KeyId));
    const { GrantId, GrantToken } = await grant(KeyId, { Name: 'for-ann' });
    assert.match(GrantId, /^[0-9a-f]{64}$/);
    const { CiphertextBlob } = await encrypt(ann, KeyId);
    await ann.kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, GrantTokens: [GrantToken] }));
    await refusedAs(denied, ann.kms.send(new Kms.DecryptCommand({ CiphertextBlob })));
    await refusedAs(denied, encrypt(bob, KeyId));
    const [entry, ...others] = await listed(KeyId);
    assert.equal(others.length, 0);
    const { CreationDate, ...shown } = entry ?? {};
    assert.ok(CreationDate instanceof Date);
    assert.deepEqual(shown, {
      KeyId,
      GrantId,
      Name: 'for-ann',
      GranteePrincipal: userArn('ann'),
      IssuingAccount: `arn:aws:iam::${account}:root`,
      Operations: ['Encrypt'],
    });
    await kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId }));
    await refusedAs(denied, encrypt(ann, KeyId));
    assert.deepEqual(await listed(KeyId), []);
    await refusedAs('NotFoundException', kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId })));
  });

  test('every operation on a symmetric key that a grant can allow is allowed by one', async () => {
    const KeyId = await newKey();
    const other = await newKey();
    const { CiphertextBlob } = await encrypt(house.administrator, KeyId);
    const KeySpec = 'AES_256';
    const calls: ReadonlyArray<readonly [Kms.GrantOperation, object]> = [
      ['Encrypt', new Kms.EncryptCommand({ KeyId, Plaintext })],
      ['Decrypt', new Kms.DecryptCommand({ CiphertextBlob })],
      ['GenerateDataKey', new Kms.GenerateDataKeyCommand({ KeyId, KeySpec })],
      ['GenerateDataKeyWithoutPlaintext', new Kms.GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec })],
      ['DescribeKey', new Kms.DescribeKeyCommand({ KeyId })],
      ['ReEncryptFrom', new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: other })],
    ];
    await grant(other, { Operations: ['ReEncryptTo'] });
    for (const [operation, command] of calls) {
      await refusedAs(denied, ann.kms.send(command as Kms.EncryptCommand));
      const { GrantId } = await grant(KeyId, { Operations: [operation] });
      await ann.kms.send(command as Kms.EncryptCommand);
      await kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId }));
      await refusedAs(denied, ann.kms.send(command as Kms.EncryptCommand));
    }
  });

  test('a subset lets more pairs through, equals none; names count in any case, values to the letter', async () => {
    const KeyId = await newKey();
    const app = { app: 'web' };
    const both = { app: 'web', stage: 'test' };
    const subset = await grant(KeyId, { Constraints: { EncryptionContextSubset: app } });
    for (const context of [app, both, { App: 'web' }]) await encrypt(ann, KeyId, context);
    for (const context of [undefined, { app: 'Web' }, { stage: 'test' }]) {
      await refusedAs(denied, encrypt(ann, KeyId, context));
    }
    await kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId: subset.GrantId }));
    await grant(KeyId, { Constraints: { EncryptionContextEquals: both } });
    await encrypt(ann, KeyId, { stage: 'test', app: 'web' });
    for (const context of [undefined, app, { ...both, more: 'x' }]) {
      await refusedAs(denied, encrypt(ann, KeyId, context));
    }
    // It is about the context alone: what takes none is not constrained.
    await grant(KeyId, { Operations: ['DescribeKey'], Constraints: { EncryptionContextEquals: both } });
    await ann.kms.send(new Kms.DescribeKeyCommand({ KeyId }));
  });

  test('a deny beats a grant, and so does the state of the key', async () => {
    const KeyId = await newKey();
    await grant(KeyId);
    const { Policy = '' } = await kms.send(new Kms.GetKeyPolicyCommand({ KeyId }));
    const policy = JSON.parse(Policy);
    const Deny = { Effect: 'Deny', Principal: { AWS: userArn('ann') }, Action: 'kms:Encrypt', Resource: '*' };
    const Statement = [...policy.Statement, Deny];
    await kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ ...policy, Statement }) }));
    await refusedAs(denied, encrypt(ann, KeyId), /explicit deny in a resource-based policy/);
    await kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy }));
    await encrypt(ann, KeyId);
    await kms.send(new Kms.DisableKeyCommand({ KeyId }));
    await refusedAs('DisabledException', encrypt(ann, KeyId));
    await refusedAs('DisabledException', grant(KeyId));
    await kms.send(new Kms.EnableKeyCommand({ KeyId }));
    await encrypt(ann, KeyId);
  });

  test('a role has its grants in each of its sessions, a session its own alone', async () => {
    const KeyId = await newKey();
    const trust = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: account } }];
    const role = await makeRole(house.administrator, 'Granted', { trust });
    const session = async (RoleSessionName: string) =>
      (await assume(house, house.administrator, role, { RoleSessionName })).session;
    const [one, two] = [await session('one'), await session('two')];
    const own = await grant(KeyId, { GranteePrincipal: `arn:aws:sts::${account}:assumed-role/Granted/one` });
    await encrypt(one, KeyId);
    await refusedAs(denied, encrypt(two, KeyId));
    await kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId: own.GrantId }));
    await grant(KeyId, { GranteePrincipal: role });
    await encrypt(one, KeyId);
    await encrypt(two, KeyId);
    await house.administrator.iam.send(new DeleteRoleCommand({ RoleName: 'Granted' }));
    await makeRole(house.administrator, 'Granted', { trust });
    await refusedAs(denied, encrypt(await session('three'), KeyId));
    for (const old of [one, two]) await refusedAs('UnrecognizedClientException', encrypt(old, KeyId));
  });

  test('an account as grantee leaves it to its own policies who of it may', async () => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: userArn('bob') }, Action: 'kms:*', Resource: '*' },
    });
    const input = { Policy, BypassPolicyLockoutSafetyCheck: true };
    const KeyId = (await kms.send(new Kms.CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
    const cara = await house.user('cara', [], [{ Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }]);
    await refusedAs(denied, encrypt(cara, KeyId));
    await grant(KeyId, { GranteePrincipal: `arn:aws:iam::${account}:root` }, bob);
    await encrypt(cara, KeyId);
    await refusedAs(denied, encrypt(ann, KeyId));
  });

  test('a namesake of a deleted user has nothing of what was granted to the first', async () => {
    const KeyId = await newKey();
    await house.administrator.iam.send(new CreateUserCommand({ UserName: 'dora' }));
    await grant(KeyId, { GranteePrincipal: userArn('dora') });
    await house.administrator.iam.send(new DeleteUserCommand({ UserName: 'dora' }));
    const [entry] = await listed(KeyId);
    assert.match(entry?.GranteePrincipal ?? '', /^AIDA/);
    const dora = await house.user('dora', []);
    await refusedAs(denied, encrypt(dora, KeyId));
    const again = await listed(KeyId);
    assert.deepEqual(again, [entry]);
    await grant(KeyId, { GranteePrincipal: userArn('dora') });
    await encrypt(dora, KeyId);
  });

  test('the same name with the same parameters is the same grant, with a token of its own', async () => {
    const KeyId = await newKey();
    const named = { Name: 'once', Constraints: { EncryptionContextSubset: { a: '1', b: '2' } } };
    const first = await grant(KeyId, named);
    const turned = { ...named, Constraints: { EncryptionContextSubset: { b: '2', a: '1' } } };
    const second = await grant(KeyId, turned);
    assert.equal(second.GrantId, first.GrantId);
    assert.notEqual(second.GrantToken, first.GrantToken);
    const other = await grant(KeyId, { ...named, Operations: ['Decrypt'] });
    assert.notEqual(other.GrantId, first.GrantId);
    const unnamed = [await grant(KeyId), await grant(KeyId)].map(({ GrantId }) => GrantId);
    assert.equal(new Set(unnamed).size, 2);
    const at = { KeyId, GranteePrincipal: userArn('ann'), Operations: ['Decrypt' as const], ...turned };
    const together = await Promise.all(
      Array.from({ length: 5 }, () => kms.send(new Kms.CreateGrantCommand({ ...at, Name: 'at-once' }))),
    );
    assert.equal(new Set(together.map(({ GrantId }) => GrantId)).size, 1);
    assert.equal((await listed(KeyId)).length, 5);
  });

  test('whom a grant names must exist', async () => {
    const KeyId = await newKey();
    for (const GranteePrincipal of [
      userArn('nobody'),
      userArn('ANN'),
      'arn:aws:iam::999999999999:root',
      `arn:aws:sts::${account}:assumed-role/Nothing/one`,
      'AIDAAAAAAAAAAAAAAAAAA',
      'ecr',
      'arn:aws:s3:::bucket',
    ]) {
      await refusedAs('InvalidArnException', grant(KeyId, { GranteePrincipal }), /does not refer to a valid principal/);
      await refusedAs('InvalidArnException', grant(KeyId, { RetiringPrincipal: GranteePrincipal }));
    }
    const service = 'ecr.us-east-1.amazonaws.com';
    await grant(KeyId, { GranteePrincipal: service, RetiringPrincipal: service });
    await grant(KeyId, { GranteePrincipal: `arn:aws:iam::${account}:root` });
    const names = (await listed(KeyId)).map(({ GranteePrincipal = '' }) => GranteePrincipal);
    assert.deepEqual(names.toSorted(), [`arn:aws:iam::${account}:root`, service]);
  });

  test('what a grant may not be is refused', async () => {
    const KeyId = await newKey();
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
    const invalid: ReadonlyArray<Partial<Kms.CreateGrantCommandInput>> = [
      { Operations: ['Sign'] },
      { Operations: ['Encrypt', 'GetPublicKey'] },
      { Operations: [] },
      { Operations: ['ScheduleKeyDeletion' as Kms.GrantOperation] },
      { Constraints: { EncryptionContextSubset: {} } },
      { Constraints: { EncryptionContextSubset: pairs(9) } },
      { Constraints: { EncryptionContextEquals: { a: 'x'.repeat(385) } } },
      { Constraints: { EncryptionContextEquals: { a: '1' }, EncryptionContextSubset: { a: '1' } } },
      { GranteePrincipal: undefined },
      { Name: 'no spaces' },
    ];
    for (const input of invalid) await refusedAs('ValidationException', grant(KeyId, input));
    const unsupported = { Constraints: { SourceArn: 'arn:aws:ecr:us-east-1:123456789012:repository/a' } };
    await refusedAs('UnsupportedOperationException', grant(KeyId, unsupported));
    await grant(KeyId, { Constraints: { EncryptionContextSubset: pairs(8) } });
    await refusedAs('DryRunOperationException', grant(KeyId, { DryRun: true }));
    assert.equal((await listed(KeyId)).length, 1);
    await refusedAs('NotFoundException', grant('alias/none'));
    const wrong = new Kms.EncryptCommand({ KeyId, Plaintext, GrantTokens: ['no-token-of-ours'] });
    await refusedAs('InvalidGrantTokenException', kms.send(wrong));
  });

  test('a grantee that may grant gives on nothing but what it has', async () => {
    const KeyId = await newKey();
    const Operations: Kms.GrantOperation[] = ['Encrypt', 'Decrypt', 'CreateGrant'];
    const EncryptionContextSubset = { app: 'web' };
    await refusedAs(denied, grant(KeyId, { GranteePrincipal: userArn('bob') }, ann));
    await grant(KeyId, { Operations, Constraints: { EncryptionContextSubset } });
    const toBob = (input: Partial<Kms.CreateGrantCommandInput>) =>
      grant(KeyId, { GranteePrincipal: userArn('bob'), Operations: ['Encrypt'], ...input }, ann);
    const stricter = { app: 'web', stage: 'test' };
    for (const refused of [
      {},
      { Operations: ['Encrypt', 'GenerateDataKey'], Constraints: { EncryptionContextSubset } },
      { Constraints: { EncryptionContextSubset: { app: 'other' } } },
      { Constraints: { EncryptionContextEquals: { stage: 'test' } } },
    ] as ReadonlyArray<Partial<Kms.CreateGrantCommandInput>>) {
      await refusedAs(denied, toBob(refused));
    }
    await refusedAs(denied, encrypt(bob, KeyId, stricter));
    await toBob({ Constraints: { EncryptionContextEquals: stricter } });
    await encrypt(bob, KeyId, stricter);
    await toBob({ Constraints: { EncryptionContextSubset: stricter } });
    await toBob({ Constraints: { EncryptionContextSubset } });
    await encrypt(bob, KeyId, { app: 'web' });
  });

  test('records tell who granted what to whom, and no token', async () => {
    const KeyId = await newKey();
    const { GrantId, GrantToken } = await grant(KeyId, { Constraints: { EncryptionContextSubset: { app: 'web' } } });
    await kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId }));
    const records = await house.auditRecords();
    const made = records.findLast(({ eventName }) => eventName === 'CreateGrant');
    assert.equal(made?.readOnly, false);
    assert.deepEqual(made?.responseElements, { grantId: GrantId });
    assert.deepEqual(made?.requestParameters, {
      keyId: KeyId,
      granteePrincipal: userArn('ann'),
      operations: ['Encrypt'],
      constraints: { encryptionContextSubset: { app: 'web' } },
    });
    assert.deepEqual(made?.resources, [{ ARN: KeyId, accountId: account, type: 'AWS::KMS::Key' }]);
    const revoked = records.findLast(({ eventName }) => eventName === 'RevokeGrant');
    assert.deepEqual(revoked?.requestParameters, { keyId: KeyId, grantId: GrantId });
    assert.ok(!JSON.stringify([records, house.log]).includes(GrantToken));
  });
});
