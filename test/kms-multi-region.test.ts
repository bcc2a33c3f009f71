// Multi-Region keys through the corridor with the official SDK: one key in two regions of a site.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

const home = 'us-east-1';
const away = 'eu-west-1';
const Plaintext = Buffer.from('x');
const unsupported = { name: 'UnsupportedOperationException' };

describe('multi-Region keys', () => {
  let house: House;
  let here: Kms.KMSClient;
  let there: Kms.KMSClient;
  before(async () => {
    house = await openHouse(`regions: [${home}, ${away}, eu-west-2]`);
    here = house.administrator.kms;
    there = house.as({ ...house.administrator.options, region: away }).kms;
  });
  after(() => house.dispose());

  async function newKey(input: Kms.CreateKeyCommandInput = {}) {
    const { KeyMetadata } = await here.send(new Kms.CreateKeyCommand({ MultiRegion: true, ...input }));
    const { KeyId = '', Arn = '' } = KeyMetadata ?? {};
    return { KeyId, Arn, awayArn: Arn.replace(home, away) };
  }
  const replicate = (KeyId: string, given: Partial<Kms.ReplicateKeyCommandInput> = {}) =>
    here.send(new Kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: away, ...given }));
  const describeKey = async (kms: Kms.KMSClient, KeyId: string) =>
    (await kms.send(new Kms.DescribeKeyCommand({ KeyId }))).KeyMetadata;
  const movePrimary = (kms: Kms.KMSClient, KeyId: string, PrimaryRegion: string) =>
    kms.send(new Kms.UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion }));

  test('a replica has the id and the material, and what is its own', async () => {
    const { KeyId, Arn, awayArn } = await newKey({ Description: 'here' });
    assert.match(KeyId, /^mrk-[0-9a-f]{32}$/);
    await assert.rejects(describeKey(there, KeyId), { name: 'NotFoundException' });
    const tags = [{ TagKey: 'team', TagValue: 'blue' }];
    const made = await replicate(KeyId, { Description: 'there', Tags: tags });
    assert.equal(made.ReplicaKeyMetadata?.Arn, awayArn);
    assert.deepEqual(made.ReplicaTags, tags);
    assert.match(made.ReplicaPolicy ?? '', /Enable IAM User Permissions/);
    const configuration = (MultiRegionKeyType: Kms.MultiRegionKeyType) => ({
      MultiRegionKeyType,
      PrimaryKey: { Arn, Region: home },
      ReplicaKeys: [{ Arn: awayArn, Region: away }],
    });
    const [primary, replica] = [await describeKey(here, KeyId), await describeKey(there, KeyId)];
    assert.deepEqual(primary?.MultiRegionConfiguration, configuration('PRIMARY'));
    assert.deepEqual(replica?.MultiRegionConfiguration, configuration('REPLICA'));
    assert.equal(replica?.CurrentKeyMaterialId, primary?.CurrentKeyMaterialId);
    assert.equal(replica?.Description, 'there');
    const { CiphertextBlob } = await here.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    const opened = await there.send(new Kms.DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
    assert.equal(opened.KeyId, awayArn);
    await there.send(new Kms.DisableKeyCommand({ KeyId }));
    await assert.rejects(there.send(new Kms.DecryptCommand({ CiphertextBlob })), { name: 'DisabledException' });
    await here.send(new Kms.DecryptCommand({ CiphertextBlob }));
    await assert.rejects(replicate(KeyId), { name: 'AlreadyExistsException' });
    await assert.rejects(replicate(KeyId, { ReplicaRegion: home }), { name: 'AlreadyExistsException' });
  });

  test('what is signed in one region verifies in the other', async () => {
    const { KeyId } = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    await replicate(KeyId);
    const input = { KeyId, Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    const { Signature } = await there.send(new Kms.SignCommand(input));
    assert.equal((await here.send(new Kms.VerifyCommand({ ...input, Signature }))).SignatureValid, true);
    const { PublicKey } = await there.send(new Kms.GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
    assert.ok(verify('sha256', Plaintext, key, Signature ?? new Uint8Array()));
  });

  test('rotation is the primary’s and reaches its replicas', async () => {
    const { KeyId } = await newKey();
    await replicate(KeyId);
    const old = await there.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    await assert.rejects(there.send(new Kms.RotateKeyOnDemandCommand({ KeyId })), unsupported);
    await assert.rejects(there.send(new Kms.EnableKeyRotationCommand({ KeyId })), unsupported);
    await here.send(new Kms.EnableKeyRotationCommand({ KeyId }));
    const status = await there.send(new Kms.GetKeyRotationStatusCommand({ KeyId }));
    assert.equal(status.KeyRotationEnabled, true);
    const before = (await describeKey(here, KeyId))?.CurrentKeyMaterialId;
    await here.send(new Kms.RotateKeyOnDemandCommand({ KeyId }));
    const [one, other] = [await describeKey(here, KeyId), await describeKey(there, KeyId)];
    assert.notEqual(one?.CurrentKeyMaterialId, before);
    assert.equal(other?.CurrentKeyMaterialId, one?.CurrentKeyMaterialId);
    const fresh = await here.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    for (const { CiphertextBlob } of [old, fresh]) {
      await there.send(new Kms.DecryptCommand({ CiphertextBlob }));
      await here.send(new Kms.DecryptCommand({ CiphertextBlob }));
    }
  });

  test('another region becomes the primary’s', async () => {
    const { KeyId, awayArn } = await newKey();
    await replicate(KeyId);
    await here.send(new Kms.EnableKeyRotationCommand({ KeyId }));
    await assert.rejects(movePrimary(here, KeyId, home), unsupported);
    await assert.rejects(movePrimary(here, KeyId, 'eu-west-2'), { name: 'NotFoundException' });
    await assert.rejects(movePrimary(there, KeyId, home), unsupported);
    await movePrimary(here, KeyId, away);
    for (const kms of [here, there]) {
      const { MultiRegionConfiguration } = (await describeKey(kms, KeyId)) ?? {};
      assert.deepEqual(MultiRegionConfiguration?.PrimaryKey, { Arn: awayArn, Region: away });
      assert.deepEqual(
        MultiRegionConfiguration?.ReplicaKeys?.map(({ Region }) => Region),
        [home],
      );
    }
    await there.send(new Kms.RotateKeyOnDemandCommand({ KeyId }));
    assert.equal((await there.send(new Kms.GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled, true);
    await assert.rejects(replicate(KeyId, { ReplicaRegion: 'eu-west-2' }), unsupported);
    await movePrimary(there, KeyId, home);
    await replicate(KeyId, { ReplicaRegion: 'eu-west-2' });
    const { MultiRegionConfiguration } = (await describeKey(there, KeyId)) ?? {};
    assert.deepEqual(
      MultiRegionConfiguration?.ReplicaKeys?.map(({ Region }) => Region),
      [away, 'eu-west-2'],
    );
  });

  test('a primary waits for its replicas to go', async () => {
    const { KeyId, Arn } = await newKey();
    await replicate(KeyId);
    const scheduled = await here.send(new Kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    assert.equal(scheduled.KeyState, 'PendingReplicaDeletion');
    assert.equal(scheduled.DeletionDate, undefined);
    const waiting = await describeKey(here, KeyId);
    assert.equal(waiting?.KeyState, 'PendingReplicaDeletion');
    assert.equal(waiting?.PendingDeletionWindowInDays, 7);
    await assert.rejects(here.send(new Kms.EncryptCommand({ KeyId, Plaintext })), {
      name: 'KMSInvalidStateException',
      message: `${Arn} is pending deletion (or pending replica deletion).`,
    });
    await there.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    await here.send(new Kms.CancelKeyDeletionCommand({ KeyId }));
    assert.equal((await describeKey(here, KeyId))?.KeyState, 'Disabled');
    const replica = await there.send(new Kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    assert.equal(replica.KeyState, 'PendingDeletion');
  });

  test('what cannot be replicated, and who may not', async () => {
    const { KeyMetadata } = await here.send(new Kms.CreateKeyCommand({}));
    await assert.rejects(replicate(KeyMetadata?.Arn ?? ''), unsupported);
    const { KeyId, Arn } = await newKey();
    await assert.rejects(replicate(KeyId, { ReplicaRegion: 'ap-south-1' }), unsupported);
    const external = await newKey({ Origin: 'EXTERNAL' });
    await assert.rejects(replicate(external.KeyId), { name: 'KMSInvalidStateException' });
    const statement = { Effect: 'Allow', Action: 'kms:ReplicateKey', Resource: Arn };
    const { kms: half } = await house.user('half', [], [statement]);
    const command = new Kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: away });
    await assert.rejects(half.send(command), { name: 'AccessDeniedException', message: /kms:CreateKey/ });
    await replicate(KeyId);
    const mover = { Effect: 'Allow', Action: 'kms:UpdatePrimaryRegion', Resource: Arn };
    const { kms: lone } = await house.user('lone', [], [mover]);
    await assert.rejects(movePrimary(lone, KeyId, away), { name: 'AccessDeniedException' });
    const records = await house.auditRecords();
    const record = records.findLast(({ eventName, errorCode }) => eventName === 'ReplicateKey' && !errorCode);
    assert.equal(record?.readOnly, false);
    assert.equal(record?.requestParameters?.['replicaRegion'], away);
  });
});
