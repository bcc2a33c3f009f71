// Who may use a key: its policy, what it delegates to the account, other accounts, and the lock-out check.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { administratorOf } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';

const denied = { name: 'AccessDeniedException' };
const Plaintext = Buffer.from('x');

describe('key policies', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let account: string;
  let rootStatement: object;
  let ann: HouseUser;
  let bob: HouseUser;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
    ann = await house.user('ann', [], [{ Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*' }]);
    bob = await house.user('bob', []);
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({}));
    account = KeyMetadata?.AWSAccountId ?? '';
    rootStatement = {
      Sid: 'root',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    };
  });
  after(() => house.dispose());

  const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;
  const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const keyWith = async (...statements: object[]) => {
    const input = { Policy: policyOf(...statements), BypassPolicyLockoutSafetyCheck: true };
    return (await kms.send(new Kms.CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  };
  const encrypt = (user: HouseUser, KeyId: string) => user.kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
  const toUser = (name: string, Action: string | string[], more: object = {}) => ({
    Effect: 'Allow',
    Principal: { AWS: userArn(name) },
    Action,
    Resource: '*',
    ...more,
  });

  test('the default policy hands the decision to IAM', async () => {
    const KeyId = (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const { Policy = '', PolicyName } = await kms.send(new Kms.GetKeyPolicyCommand({ KeyId }));
    assert.equal(PolicyName, 'default');
    assert.deepEqual(JSON.parse(Policy).Statement, [{ ...rootStatement, Sid: 'Enable IAM User Permissions' }]);
    await encrypt(ann, KeyId);
    const why = `because no identity-based policy allows the kms:Encrypt action`;
    await assert.rejects(encrypt(bob, KeyId), {
      ...denied,
      message: `User: ${userArn('bob')} is not authorized to perform: kms:Encrypt on resource: ${KeyId} ${why}`,
    });
    const { PolicyNames } = await kms.send(new Kms.ListKeyPoliciesCommand({ KeyId }));
    assert.deepEqual(PolicyNames, ['default']);
  });

  test('without a statement for the account IAM policies have no effect', async () => {
    const KeyId = await keyWith(toUser('bob', 'kms:Encrypt'));
    await encrypt(bob, KeyId);
    await assert.rejects(encrypt(ann, KeyId), {
      ...denied,
      message: /because no resource-based policy allows the kms:Encrypt action$/,
    });
    // Not even the administrator, who may do everything.
    await assert.rejects(encrypt(house.administrator, KeyId), denied);
  });

  test('an explicit deny beats what names the same user', async () => {
    const KeyId = await keyWith(
      rootStatement,
      toUser('ann', 'kms:*'),
      toUser('ann', 'kms:Encrypt', { Effect: 'Deny' }),
    );
    await assert.rejects(encrypt(ann, KeyId), {
      ...denied,
      message: /with an explicit deny in a resource-based policy$/,
    });
  });

  test('a policy that would lock its maker out is refused, unless the check is waived', async () => {
    const Policy = policyOf(toUser('bob', 'kms:*'));
    const lockedOut = {
      name: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    };
    await assert.rejects(kms.send(new Kms.CreateKeyCommand({ Policy })), lockedOut);
    const KeyId = await keyWith(rootStatement);
    await assert.rejects(kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy })), lockedOut);
    const waived = { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true };
    await kms.send(new Kms.PutKeyPolicyCommand(waived));
    await encrypt(bob, KeyId);
    await assert.rejects(kms.send(new Kms.GetKeyPolicyCommand({ KeyId })), denied);
  });

  test('a new policy counts at the next call, and comes back as it was given', async () => {
    const KeyId = await keyWith(rootStatement);
    await assert.rejects(encrypt(bob, KeyId), denied);
    const Policy = policyOf(rootStatement, toUser('bob', 'kms:Encrypt'));
    await kms.send(new Kms.PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy }));
    await encrypt(bob, KeyId);
    const shown = await kms.send(new Kms.GetKeyPolicyCommand({ KeyId }));
    assert.deepEqual(JSON.parse(shown.Policy ?? ''), JSON.parse(Policy));
  });

  test('what is no key policy is refused', async () => {
    const KeyId = await keyWith(rootStatement);
    const put = (Policy: string) => kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy }));
    const malformed = { name: 'MalformedPolicyDocumentException' };
    await assert.rejects(put('{}'), malformed);
    await assert.rejects(put(policyOf(rootStatement, toUser('nobody-of-this-name', 'kms:*'))), {
      ...malformed,
      message: 'Policy contains a statement with one or more invalid principals.',
    });
    await assert.rejects(put(policyOf(rootStatement, { ...rootStatement, Sid: 'x'.repeat(33_000) })), {
      name: 'LimitExceededException',
    });
    await assert.rejects(kms.send(new Kms.GetKeyPolicyCommand({ KeyId, PolicyName: 'other' })), {
      name: 'NotFoundException',
    });
  });

  test('policies may ask for the encryption context, the alias, the tags and the kind of key', async () => {
    const EncryptionContext = { app: 'web' };
    const bySpec = { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT', 'kms:CallerAccount': account } };
    const cases: ReadonlyArray<readonly [object, object, boolean]> = [
      [{ StringEquals: { 'kms:EncryptionContext:app': 'web' } }, { EncryptionContext }, true],
      [{ StringEquals: { 'kms:EncryptionContext:app': 'web' } }, {}, false],
      [{ StringEquals: { 'kms:EncryptionContext:app': 'web' } }, { EncryptionContext: { app: 'Web' } }, false],
      [{ 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'app' } }, { EncryptionContext }, true],
      [{ StringEquals: { 'aws:ResourceTag/team': 'blue' } }, {}, true],
      [{ StringEquals: { 'aws:ResourceTag/team': 'red' } }, {}, false],
      [{ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/conditions' } }, {}, true],
      [bySpec, {}, true],
      [{ StringEquals: { 'kms:KeyOrigin': 'EXTERNAL' } }, {}, false],
    ];
    const KeyId = await keyWith(rootStatement);
    await kms.send(new Kms.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'team', TagValue: 'blue' }] }));
    await kms.send(new Kms.CreateAliasCommand({ AliasName: 'alias/conditions', TargetKeyId: KeyId }));
    for (const [Condition, input, isAllowed] of cases) {
      const Policy = policyOf(rootStatement, toUser('bob', 'kms:Encrypt', { Condition }));
      await kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy }));
      const using = bob.kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, ...input }));
      if (isAllowed) await using;
      else await assert.rejects(using, denied, JSON.stringify(Condition));
    }
  });

  test('another account needs the key policy and its own, and changes nothing', async () => {
    const create = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
    const guest = house.as(await administratorOf(house.dataFolder, house.url, made['profile']));
    const KeyId = await keyWith(rootStatement);
    await assert.rejects(encrypt(guest, KeyId), { ...denied, message: /because no resource-based policy allows/ });
    const nowhere = KeyId.replace(/[^/]*$/, '11111111-2222-4333-8444-555555555555');
    await assert.rejects(encrypt(guest, nowhere), { ...denied, message: /because no resource-based policy allows/ });
    const toGuests = { Effect: 'Allow', Principal: { AWS: made['accountId'] }, Action: 'kms:*', Resource: '*' };
    await kms.send(new Kms.PutKeyPolicyCommand({ KeyId, Policy: policyOf(rootStatement, toGuests) }));
    const { CiphertextBlob } = await encrypt(guest, KeyId);
    // The ciphertext alone says whose key it is.
    const opened = await guest.kms.send(new Kms.DecryptCommand({ CiphertextBlob }));
    assert.equal(opened.KeyId, KeyId);
    // A bare id or alias is looked for in the caller's own account.
    const id = KeyId.slice(KeyId.lastIndexOf('/') + 1);
    await assert.rejects(guest.kms.send(new Kms.DescribeKeyCommand({ KeyId: id })), { name: 'NotFoundException' });
    await guest.kms.send(new Kms.DescribeKeyCommand({ KeyId }));
    for (const command of [
      new Kms.DisableKeyCommand({ KeyId }),
      new Kms.ScheduleKeyDeletionCommand({ KeyId }),
      new Kms.PutKeyPolicyCommand({ KeyId, Policy: policyOf(toGuests) }),
    ]) {
      await assert.rejects(guest.kms.send(command as Kms.DisableKeyCommand), denied);
    }
    assert.equal((await kms.send(new Kms.DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState, 'Enabled');
  });
});
