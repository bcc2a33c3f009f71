// The condition keys of KMS (kms.md §3), each by a call that its value lets through and one that it does not.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';
import { policyOf } from './support/roles.ts';

const Plaintext = Buffer.from('x');
const denied = 'AccessDeniedException';
const bypass = { BypassPolicyLockoutSafetyCheck: true };

describe('condition keys', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let account: string;
  let bob: HouseUser;
  let KeyId: string;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
    account = house.site.home.accountId;
    bob = await house.user('bob', []);
    KeyId = await newKey();
    await kms.send(new Kms.CreateAliasCommand({ AliasName: 'alias/conditions', TargetKeyId: KeyId }));
    await kms.send(new Kms.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'team', TagValue: 'blue' }] }));
  });
  after(() => house.dispose());

  const newKey = async (input: Kms.CreateKeyCommandInput = {}) =>
    (await kms.send(new Kms.CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;
  const root = () => ({ Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' });
  /** Bob may do everything with the key under this condition alone. */
  const only = async (Condition: object, key = KeyId) => {
    const toBob = { Effect: 'Allow', Principal: { AWS: userArn('bob') }, Action: 'kms:*', Resource: '*', Condition };
    await kms.send(new Kms.PutKeyPolicyCommand({ KeyId: key, Policy: policyOf(root(), toBob) }));
  };
  const equals = (name: string, value: string) => ({ StringEquals: { [name]: value } });
  const bool = (name: string, value: string) => ({ Bool: { [name]: value } });
  const encrypt = (input: Partial<Kms.EncryptCommandInput> = {}) =>
    bob.kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, ...input }));
  const grant = (input: Partial<Kms.CreateGrantCommandInput> = {}) => {
    const Operations: Kms.GrantOperation[] = ['Encrypt', 'Decrypt'];
    return bob.kms.send(
      new Kms.CreateGrantCommand({ KeyId, GranteePrincipal: userArn('bob'), Operations, DryRun: true, ...input }),
    );
  };
  /** A dry run is not told more than that it would have been done. */
  const wouldBe = (sending: Promise<unknown>) => refusedAs('DryRunOperationException', sending);

  test('kms:CallerAccount is the account of who calls', async () => {
    await only(equals('kms:CallerAccount', account));
    await encrypt();
    await only(equals('kms:CallerAccount', '999999999999'));
    await refusedAs(denied, encrypt());
  });

  test('kms:ViaService is there only when a service passes the call on', async () => {
    await only(equals('kms:ViaService', 'ecr.us-east-1.amazonaws.com'));
    await refusedAs(denied, encrypt());
    await only({ Null: { 'kms:ViaService': 'true' } });
    await encrypt();
  });

  test('kms:EncryptionContext:k and kms:EncryptionContextKeys are of the request or a constraint', async () => {
    const EncryptionContext = { app: 'web' };
    for (const condition of [
      equals('kms:EncryptionContext:app', 'web'),
      {
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['app'] },
        Null: { 'kms:EncryptionContextKeys': 'false' },
      },
    ]) {
      await only(condition);
      await encrypt({ EncryptionContext });
      await refusedAs(denied, encrypt());
      await refusedAs(denied, encrypt({ EncryptionContext: { other: 'web' } }));
      await wouldBe(grant({ Constraints: { EncryptionContextSubset: EncryptionContext } }));
      await refusedAs(denied, grant());
    }
  });

  test('kms:EncryptionAlgorithm is what is asked for', async () => {
    await only(equals('kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT'));
    await encrypt();
    await refusedAs(denied, bob.kms.send(new Kms.DescribeKeyCommand({ KeyId })));
  });

  test('kms:GrantIsForAWSResource is false for who asks by themselves', async () => {
    await only(bool('kms:GrantIsForAWSResource', 'true'));
    await refusedAs(denied, grant());
    await refusedAs(denied, bob.kms.send(new Kms.ListGrantsCommand({ KeyId })));
    await only(bool('kms:GrantIsForAWSResource', 'false'));
    await wouldBe(grant());
    await bob.kms.send(new Kms.ListGrantsCommand({ KeyId }));
    await refusedAs(denied, encrypt());
  });

  test('kms:GrantOperations is the list of what is granted', async () => {
    await only({ 'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Encrypt', 'Decrypt'] } });
    await wouldBe(grant());
    await refusedAs(denied, grant({ Operations: ['Encrypt', 'GenerateDataKey'] }));
  });

  test('kms:GranteePrincipal and kms:RetiringPrincipal are whom the grant names', async () => {
    await only(equals('kms:GranteePrincipal', userArn('bob')));
    await wouldBe(grant());
    await refusedAs(denied, grant({ GranteePrincipal: `arn:aws:iam::${account}:root` }));
    await only(equals('kms:RetiringPrincipal', userArn('bob')));
    await wouldBe(grant({ RetiringPrincipal: userArn('bob') }));
    await refusedAs(denied, grant());
  });

  test('kms:GrantConstraintType is the kind of its constraint', async () => {
    await only(equals('kms:GrantConstraintType', 'EncryptionContextEquals'));
    await wouldBe(grant({ Constraints: { EncryptionContextEquals: { a: '1' } } }));
    await refusedAs(denied, grant({ Constraints: { EncryptionContextSubset: { a: '1' } } }));
    await refusedAs(denied, grant());
  });

  test('kms:KeyOrigin, kms:KeySpec, kms:KeyUsage and kms:MultiRegion are the kind of key', async () => {
    const single: ReadonlyArray<readonly [string, string, string]> = [
      ['kms:KeyOrigin', 'AWS_KMS', 'EXTERNAL'],
      ['kms:KeySpec', 'SYMMETRIC_DEFAULT', 'RSA_2048'],
      ['kms:KeyUsage', 'ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
      ['kms:MultiRegion', 'false', 'true'],
    ];
    for (const [name, right, wrong] of single) {
      await only(equals(name, right));
      await encrypt();
      await only(equals(name, wrong));
      await refusedAs(denied, encrypt());
    }
  });

  test('the kind of a key that is to be made is asked for as well', async () => {
    const kinds: ReadonlyArray<readonly [string, string, Kms.CreateKeyCommandInput]> = [
      ['kms:KeySpec', 'HMAC_256', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }],
      ['kms:KeyUsage', 'SIGN_VERIFY', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }],
      ['kms:KeyOrigin', 'EXTERNAL', { Origin: 'EXTERNAL' }],
      ['kms:MultiRegion', 'true', { MultiRegion: true }],
      ['kms:BypassPolicyLockoutSafetyCheck', 'true', bypass],
    ];
    for (const [index, [name, value, input]] of kinds.entries()) {
      const may = { Effect: 'Allow', Action: 'kms:CreateKey', Resource: '*', Condition: equals(name, value) };
      const maker = await house.user(`maker-${index}`, [], [may]);
      await refusedAs(denied, maker.kms.send(new Kms.CreateKeyCommand({})));
      await maker.kms.send(new Kms.CreateKeyCommand({ ...input, ...bypass }));
    }
  });

  test('kms:RequestAlias is the alias that the call names, kms:ResourceAliases those of the key', async () => {
    await only(equals('kms:RequestAlias', 'alias/conditions'));
    await encrypt({ KeyId: 'alias/conditions' });
    await refusedAs(denied, encrypt());
    await only({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/conditions' } });
    await encrypt();
    await only({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/other' } });
    await refusedAs(denied, encrypt());
  });

  test('aws:ResourceTag is the tag of the key', async () => {
    await only(equals('aws:ResourceTag/team', 'blue'));
    await encrypt();
    await only(equals('aws:ResourceTag/team', 'red'));
    await refusedAs(denied, encrypt());
  });

  test('kms:BypassPolicyLockoutSafetyCheck says whether the check is waived', async () => {
    await only(bool('kms:BypassPolicyLockoutSafetyCheck', 'false'));
    const { Policy } = await kms.send(new Kms.GetKeyPolicyCommand({ KeyId }));
    const put = (input: object) => bob.kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy, ...input }));
    await refusedAs(denied, put(bypass));
    // Allowed, and then found to lock nobody out: bob could put another one.
    await put({});
  });

  test('kms:ReEncryptOnSameKey says whether both keys are one', async () => {
    const other = await newKey();
    const condition = bool('kms:ReEncryptOnSameKey', 'true');
    await only(condition);
    await only(condition, other);
    const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    await bob.kms.send(new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId }));
    await refusedAs(denied, bob.kms.send(new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: other })));
  });

  test('kms:ScheduleKeyDeletionPendingWindowInDays is how long a key waits', async () => {
    const key = await newKey();
    await only({ NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '20' } }, key);
    const schedule = (PendingWindowInDays: number | undefined) =>
      bob.kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId: key, PendingWindowInDays }));
    await refusedAs(denied, schedule(7));
    const { PendingWindowInDays } = await schedule(undefined);
    assert.equal(PendingWindowInDays, 30);
  });
});
