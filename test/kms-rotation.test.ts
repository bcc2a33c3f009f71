// Rotation, last use and AWS's own keys through the corridor with the official SDK.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

const dayMs = 24 * 3600 * 1000;
const Plaintext = Buffer.from('x');

describe('the life of keys', () => {
  let house: House;
  let kms: Kms.KMSClient;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
  });
  after(() => house.dispose());

  const newKey = async (input: Kms.CreateKeyCommandInput = {}) =>
    (await kms.send(new Kms.CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const statusOf = (KeyId: string) => kms.send(new Kms.GetKeyRotationStatusCommand({ KeyId }));

  test('automatic rotation is switched on, shown, and off', async () => {
    const KeyId = await newKey();
    assert.equal((await statusOf(KeyId)).KeyRotationEnabled, false);
    await kms.send(new Kms.EnableKeyRotationCommand({ KeyId }));
    const status = await statusOf(KeyId);
    assert.equal(status.KeyId, KeyId);
    assert.equal(status.KeyRotationEnabled, true);
    assert.equal(status.RotationPeriodInDays, 365);
    const inMs = (status.NextRotationDate?.getTime() ?? 0) - Date.now();
    assert.ok(Math.abs(inMs - 365 * dayMs) < 60_000, `${inMs}`);
    await kms.send(new Kms.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    assert.equal((await statusOf(KeyId)).RotationPeriodInDays, 90);
    for (const RotationPeriodInDays of [89, 2561]) {
      const command = new Kms.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays });
      await assert.rejects(kms.send(command), { name: 'ValidationException' });
    }
    await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId }));
    assert.equal((await statusOf(KeyId)).KeyRotationEnabled, false);
    await kms.send(new Kms.CancelKeyDeletionCommand({ KeyId }));
    assert.equal((await statusOf(KeyId)).KeyRotationEnabled, true);
    await assert.rejects(kms.send(new Kms.DisableKeyRotationCommand({ KeyId })), { name: 'DisabledException' });
    await kms.send(new Kms.EnableKeyCommand({ KeyId }));
    await kms.send(new Kms.DisableKeyRotationCommand({ KeyId }));
    assert.equal((await statusOf(KeyId)).KeyRotationEnabled, false);
  });

  test('rotated on demand a key keeps its id, encrypts anew and opens what is old', async () => {
    const KeyId = await newKey();
    const old = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    assert.equal((await kms.send(new Kms.RotateKeyOnDemandCommand({ KeyId }))).KeyId, KeyId);
    const now = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    const materials: Array<string | undefined> = [];
    for (const { CiphertextBlob } of [old, now]) {
      const opened = await kms.send(new Kms.DecryptCommand({ CiphertextBlob }));
      assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
      assert.equal(opened.KeyId, KeyId);
      materials.push(opened.KeyMaterialId);
    }
    const { KeyMetadata } = await kms.send(new Kms.DescribeKeyCommand({ KeyId }));
    assert.equal(KeyMetadata?.CurrentKeyMaterialId, materials[1]);
    const { Rotations = [] } = await kms.send(new Kms.ListKeyRotationsCommand({ KeyId }));
    assert.deepEqual(
      Rotations.map(({ KeyMaterialId, RotationType, KeyMaterialState }) => [
        KeyMaterialId,
        RotationType,
        KeyMaterialState,
      ]),
      [[materials[1], 'ON_DEMAND', 'CURRENT']],
    );
    const whole: Array<string | undefined> = [];
    let Marker: string | undefined;
    do {
      const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 1, Marker } as const;
      const page: Kms.ListKeyRotationsCommandOutput = await kms.send(new Kms.ListKeyRotationsCommand(input));
      whole.push(...(page.Rotations ?? []).map(({ KeyMaterialId }) => KeyMaterialId));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    assert.deepEqual(whole, materials.toReversed());
  });

  test('a key whose material is to be imported does not rotate', async () => {
    const KeyId = await newKey({ Origin: 'EXTERNAL' });
    assert.equal((await kms.send(new Kms.DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState, 'PendingImport');
    await assert.rejects(kms.send(new Kms.EnableKeyRotationCommand({ KeyId })), {
      name: 'UnsupportedOperationException',
    });
    await assert.rejects(kms.send(new Kms.EncryptCommand({ KeyId, Plaintext })), {
      name: 'KMSInvalidStateException',
      message: `${KeyId} is pending import.`,
    });
  });

  test('GetKeyLastUsage tells what was done last, and not what was refused', async () => {
    const KeyId = await newKey();
    const lastUsage = () => kms.send(new Kms.GetKeyLastUsageCommand({ KeyId }));
    const unused = await lastUsage();
    assert.equal(unused.KeyLastUsage, undefined);
    assert.deepEqual(unused.TrackingStartDate, unused.KeyCreationDate);
    const made = await kms.send(new Kms.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    assert.equal((await lastUsage()).KeyLastUsage?.Operation, 'GenerateDataKey');
    const opened = await kms.send(new Kms.DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    await assert.rejects(kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, DryRun: true })));
    const { KeyLastUsage } = await lastUsage();
    assert.equal(KeyLastUsage?.Operation, 'Decrypt');
    assert.equal(KeyLastUsage?.KmsRequestId, opened.$metadata.requestId);
    assert.ok(Math.abs((KeyLastUsage?.Timestamp?.getTime() ?? 0) - Date.now()) < 60_000);
  });

  test("AWS's own key is listed before it is there, made when it is looked at, and changed by nobody", async () => {
    const alias = async () => {
      const { Aliases = [] } = await kms.send(new Kms.ListAliasesCommand({}));
      return Aliases.find(({ AliasName }) => AliasName === 'alias/aws/ecr');
    };
    assert.deepEqual(Object.keys((await alias()) ?? {}).sort(), ['AliasArn', 'AliasName']);
    const describe = () => kms.send(new Kms.DescribeKeyCommand({ KeyId: 'alias/aws/ecr' }));
    const made = await Promise.all([describe(), describe(), describe()]);
    assert.equal(new Set(made.map(({ KeyMetadata }) => KeyMetadata?.Arn)).size, 1);
    const { KeyMetadata } = await describe();
    const KeyId = KeyMetadata?.Arn ?? '';
    assert.equal(KeyMetadata?.KeyManager, 'AWS');
    assert.equal((await alias())?.TargetKeyId, KeyMetadata?.KeyId);
    assert.equal((await statusOf(KeyId)).RotationPeriodInDays, 365);
    const Policy = (await kms.send(new Kms.GetKeyPolicyCommand({ KeyId }))).Policy ?? '';
    assert.match(Policy, /"kms:ViaService":"ecr\.us-east-1\.amazonaws\.com"/);
    const denied = { name: 'AccessDeniedException' };
    // Used through ECR only.
    await assert.rejects(kms.send(new Kms.EncryptCommand({ KeyId: 'alias/aws/ecr', Plaintext })), denied);
    for (const command of [
      new Kms.DisableKeyCommand({ KeyId }),
      new Kms.ScheduleKeyDeletionCommand({ KeyId }),
      new Kms.PutKeyPolicyCommand({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }),
      new Kms.DisableKeyRotationCommand({ KeyId }),
      new Kms.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }),
      new Kms.UpdateKeyDescriptionCommand({ KeyId, Description: '' }),
    ]) {
      await assert.rejects(kms.send(command as Kms.DisableKeyCommand), denied);
    }
    await assert.rejects(kms.send(new Kms.DescribeKeyCommand({ KeyId: 'alias/aws/none' })), {
      name: 'NotFoundException',
    });
  });
});
