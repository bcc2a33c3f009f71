// Keys through the corridor with the official SDK: made, described, disabled, scheduled for deletion, named, tagged.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

const dayMs = 24 * 3600 * 1000;

describe('keys', () => {
  let house: House;
  let kms: Kms.KMSClient;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
  });
  after(() => house.dispose());

  async function newKey(input: Kms.CreateKeyCommandInput = {}): Promise<Kms.KeyMetadata & { readonly Arn: string }> {
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand(input));
    assert.ok(KeyMetadata?.Arn !== undefined);
    return { ...KeyMetadata, Arn: KeyMetadata.Arn };
  }
  const describeKey = async (KeyId: string) => (await kms.send(new Kms.DescribeKeyCommand({ KeyId }))).KeyMetadata;

  test('CreateKey answers a key that DescribeKey and ListKeys know', async () => {
    const key = await newKey({ Description: 'for images', Tags: [{ TagKey: 'team', TagValue: 'blue' }] });
    assert.match(key.KeyId ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    assert.equal(key.Arn, `arn:aws:kms:us-east-1:${key.AWSAccountId}:key/${key.KeyId}`);
    const { KeyState, Enabled, KeySpec, CustomerMasterKeySpec, KeyUsage, Origin, KeyManager } = key;
    assert.deepEqual(
      { KeyState, Enabled, KeySpec, CustomerMasterKeySpec, KeyUsage, Origin, KeyManager },
      {
        KeyState: 'Enabled',
        Enabled: true,
        KeySpec: 'SYMMETRIC_DEFAULT',
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        KeyUsage: 'ENCRYPT_DECRYPT',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
      },
    );
    assert.match(key.CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(key.EncryptionAlgorithms, ['SYMMETRIC_DEFAULT']);
    assert.deepEqual(await describeKey(key.KeyId ?? ''), key);
    assert.deepEqual(await describeKey(key.Arn), key);
    const { Keys = [] } = await kms.send(new Kms.ListKeysCommand({}));
    assert.ok(Keys.some(({ KeyArn, KeyId }) => KeyArn === key.Arn && KeyId === key.KeyId));
    const { Tags } = await kms.send(new Kms.ListResourceTagsCommand({ KeyId: key.Arn }));
    assert.deepEqual(Tags, [{ TagKey: 'team', TagValue: 'blue' }]);
  });

  test('ListKeys goes on where a page ended, and a marker is good for its list only', async () => {
    const made = [await newKey(), await newKey(), await newKey()].map(({ KeyId }) => KeyId);
    const listed: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.send(new Kms.ListKeysCommand({ Limit: 2, Marker }));
      listed.push(...(page.Keys ?? []).map(({ KeyId = '' }) => KeyId));
      assert.equal(page.Truncated, page.NextMarker !== undefined);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    assert.deepEqual(listed, listed.toSorted());
    assert.equal(new Set(listed).size, listed.length);
    for (const id of made) assert.ok(listed.includes(id ?? ''));
    await assert.rejects(kms.send(new Kms.ListKeysCommand({ Marker: 'AAAA' })), { name: 'InvalidMarkerException' });
  });

  test('a disabled key answers nothing until it is enabled', async () => {
    const { Arn: KeyId } = await newKey();
    const Plaintext = Buffer.from('x');
    await kms.send(new Kms.DisableKeyCommand({ KeyId }));
    assert.equal((await describeKey(KeyId))?.KeyState, 'Disabled');
    assert.equal((await describeKey(KeyId))?.Enabled, false);
    await assert.rejects(kms.send(new Kms.EncryptCommand({ KeyId, Plaintext })), {
      name: 'DisabledException',
      message: `${KeyId} is disabled.`,
    });
    await kms.send(new Kms.EnableKeyCommand({ KeyId }));
    await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
  });

  test('deletion is scheduled, shown, and cancelled, which leaves the key disabled', async () => {
    const { Arn: KeyId } = await newKey();
    const before = Date.now();
    const scheduled = await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    assert.equal(scheduled.KeyId, KeyId);
    assert.equal(scheduled.KeyState, 'PendingDeletion');
    assert.equal(scheduled.PendingWindowInDays, 7);
    const inMs = (scheduled.DeletionDate?.getTime() ?? 0) - before;
    assert.ok(Math.abs(inMs - 7 * dayMs) < 60_000, `${inMs}`);
    const pending = await describeKey(KeyId);
    assert.equal(pending?.KeyState, 'PendingDeletion');
    assert.deepEqual(pending?.DeletionDate, scheduled.DeletionDate);
    await assert.rejects(kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId })), { name: 'KMSInvalidStateException' });
    const cancelled = await kms.send(new Kms.CancelKeyDeletionCommand({ KeyId }));
    assert.equal(cancelled.KeyId, KeyId);
    assert.equal((await describeKey(KeyId))?.KeyState, 'Disabled');
    assert.equal((await describeKey(KeyId))?.DeletionDate, undefined);
    for (const PendingWindowInDays of [6, 31]) {
      const command = new Kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays });
      await assert.rejects(kms.send(command), { name: 'ValidationException' });
    }
    const { PendingWindowInDays } = await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId }));
    assert.equal(PendingWindowInDays, 30);
  });

  test('UpdateKeyDescription, TagResource and UntagResource change what is read', async () => {
    const { Arn: KeyId } = await newKey({ Description: 'old' });
    await kms.send(new Kms.UpdateKeyDescriptionCommand({ KeyId, Description: 'new' }));
    assert.equal((await describeKey(KeyId))?.Description, 'new');
    const tags = async () => (await kms.send(new Kms.ListResourceTagsCommand({ KeyId }))).Tags;
    const Tags = ['b', 'a'].map((TagKey) => ({ TagKey, TagValue: '1' }));
    await kms.send(new Kms.TagResourceCommand({ KeyId, Tags }));
    await kms.send(new Kms.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: '2' }] }));
    assert.deepEqual(await tags(), [
      { TagKey: 'a', TagValue: '2' },
      { TagKey: 'b', TagValue: '1' },
    ]);
    await kms.send(new Kms.UntagResourceCommand({ KeyId, TagKeys: ['b', 'c'] }));
    assert.deepEqual(await tags(), [{ TagKey: 'a', TagValue: '2' }]);
    const refused = (given: Kms.Tag[], name: string) =>
      assert.rejects(kms.send(new Kms.TagResourceCommand({ KeyId, Tags: given })), { name });
    await refused([{ TagKey: 'aws:x', TagValue: '' }], 'TagException');
    await refused(
      ['c', 'c'].map((TagKey) => ({ TagKey, TagValue: '' })),
      'TagException',
    );
    const many = Array.from({ length: 50 }, (_, index) => ({ TagKey: `k${index}`, TagValue: '' }));
    await refused(many, 'LimitExceededException');
    assert.equal((await tags())?.length, 1);
  });

  test('what is not served is refused and leaves no key', async () => {
    const count = async () => (await kms.send(new Kms.ListKeysCommand({ Limit: 1000 }))).Keys?.length;
    const keys = await count();
    const refused: ReadonlyArray<readonly [Kms.CreateKeyCommandInput, string]> = [
      [{ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: 'cks-1' }, 'UnsupportedOperationException'],
      [{ Origin: 'EXTERNAL_KEY_STORE', XksKeyId: 'x' }, 'UnsupportedOperationException'],
      [{ KeySpec: 'SM2' }, 'UnsupportedOperationException'],
      [{ KeyUsage: 'SIGN_VERIFY' }, 'ValidationException'],
      [{ KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' }, 'ValidationException'],
      [{ Policy: '{' }, 'MalformedPolicyDocumentException'],
      [{ Tags: [{ TagKey: 'aws:a', TagValue: '' }] }, 'TagException'],
    ];
    for (const [input, name] of refused) await assert.rejects(kms.send(new Kms.CreateKeyCommand(input)), { name });
    await assert.rejects(kms.send(new Kms.DescribeCustomKeyStoresCommand({})), {
      name: 'UnsupportedOperationException',
    });
    assert.equal(await count(), keys);
  });

  test('a multi-Region key is a primary with an id of its kind', async () => {
    const key = await newKey({ MultiRegion: true });
    assert.match(key.KeyId ?? '', /^mrk-[0-9a-f]{32}$/);
    assert.equal(key.MultiRegion, true);
    assert.deepEqual(key.MultiRegionConfiguration, {
      MultiRegionKeyType: 'PRIMARY',
      PrimaryKey: { Arn: key.Arn, Region: 'us-east-1' },
      ReplicaKeys: [],
    });
  });

  test('changes and denials are in the audit with the ARN of the key', async () => {
    const { Arn, AWSAccountId } = await newKey({ Description: 'audited' });
    await kms.send(new Kms.DisableKeyCommand({ KeyId: Arn }));
    const { kms: outsider } = await house.user('audited-outsider', []);
    await assert.rejects(outsider.send(new Kms.EnableKeyCommand({ KeyId: Arn })), { name: 'AccessDeniedException' });
    const records = await house.auditRecords();
    const created = records.find(
      ({ eventName, requestParameters }) =>
        eventName === 'CreateKey' && requestParameters?.['description'] === 'audited',
    );
    const answered = created?.responseElements?.['keyMetadata'] as { readonly arn?: string } | undefined;
    assert.equal(answered?.arn, Arn);
    for (const name of ['DisableKey', 'EnableKey']) {
      const record = records.find(
        ({ eventName, requestParameters }) => eventName === name && requestParameters?.['keyId'] === Arn,
      );
      assert.deepEqual(record?.resources, [{ ARN: Arn, accountId: AWSAccountId, type: 'AWS::KMS::Key' }]);
      assert.equal(record?.readOnly, false);
      assert.equal(record?.errorCode, name === 'EnableKey' ? 'AccessDenied' : undefined);
    }
  });
});
