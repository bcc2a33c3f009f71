// Encrypt, Decrypt, data keys and ReEncrypt through the corridor with the official SDK.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

const refusals = {
  ciphertext: { name: 'InvalidCiphertextException' },
  dryRun: { name: 'DryRunOperationException' },
  validation: { name: 'ValidationException' },
};

describe('using keys', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let KeyId: string;
  let other: string;
  const EncryptionContext = { purpose: 'test', Case: 'kept' };
  const Plaintext = Buffer.from('a marker that must not be seen');
  const newKey = async () => (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
    KeyId = await newKey();
    other = await newKey();
  });
  after(() => house.dispose());

  test('Decrypt finds the key in the ciphertext and needs the same context', async () => {
    const encrypted = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    assert.equal(encrypted.KeyId, KeyId);
    assert.equal(encrypted.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT');
    const { CiphertextBlob } = encrypted;
    const turned = { Case: 'kept', purpose: 'test' };
    const decrypted = await kms.send(new Kms.DecryptCommand({ CiphertextBlob, EncryptionContext: turned }));
    assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), Plaintext);
    assert.equal(decrypted.KeyId, KeyId);
    assert.match(decrypted.KeyMaterialId ?? '', /^[0-9a-f]{64}$/);
    for (const wrong of [undefined, { ...turned, purpose: 'Test' }]) {
      const command = new Kms.DecryptCommand({ CiphertextBlob, EncryptionContext: wrong });
      await assert.rejects(kms.send(command), refusals.ciphertext);
    }
    const named = { CiphertextBlob, EncryptionContext };
    await kms.send(new Kms.DecryptCommand({ ...named, KeyId }));
    await assert.rejects(kms.send(new Kms.DecryptCommand({ ...named, KeyId: other })), {
      name: 'IncorrectKeyException',
      message: 'The key ID in the request does not identify a CMK that can perform this operation.',
    });
  });

  test('what is no ciphertext, or of a key that is not there, is refused', async () => {
    const { CiphertextBlob = new Uint8Array() } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    const changed = (offset: number) => {
      const bytes = Buffer.from(CiphertextBlob);
      bytes[offset] = (bytes[offset] ?? 0) ^ 1;
      return bytes;
    };
    for (const bytes of [Buffer.from('x'), changed(0), changed(20), changed(60), changed(CiphertextBlob.length - 1)]) {
      await assert.rejects(kms.send(new Kms.DecryptCommand({ CiphertextBlob: bytes })), refusals.ciphertext);
    }
    await assert.rejects(kms.send(new Kms.DecryptCommand({ CiphertextBlob: changed(5) })), {
      name: 'AccessDeniedException',
      message: /^The ciphertext refers to a customer master key that does not exist/,
    });
  });

  test('a plaintext has 1 to 4096 bytes', async () => {
    const encrypt = (length: number) =>
      kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Buffer.alloc(length, 'x') }));
    assert.ok(((await encrypt(4096)).CiphertextBlob?.length ?? 9999) <= 6144);
    await assert.rejects(encrypt(4097), refusals.validation);
    await assert.rejects(encrypt(0), refusals.validation);
  });

  test('GenerateDataKey gives a key and the same key encrypted', async () => {
    const lengths: ReadonlyArray<readonly [Partial<Kms.GenerateDataKeyCommandInput>, number]> = [
      [{ KeySpec: 'AES_256' }, 32],
      [{ KeySpec: 'AES_128' }, 16],
      [{ NumberOfBytes: 1 }, 1],
      [{ NumberOfBytes: 1024 }, 1024],
    ];
    for (const [given, length] of lengths) {
      const input = { KeyId, EncryptionContext, ...given };
      const made = await kms.send(new Kms.GenerateDataKeyCommand(input));
      assert.equal(made.Plaintext?.length, length);
      assert.equal(made.KeyId, KeyId);
      const { CiphertextBlob } = made;
      const { Plaintext: opened } = await kms.send(new Kms.DecryptCommand({ CiphertextBlob, EncryptionContext }));
      assert.deepEqual(opened, made.Plaintext);
      const hidden = await kms.send(new Kms.GenerateDataKeyWithoutPlaintextCommand(input));
      assert.ok(!('Plaintext' in hidden));
      const again = await kms.send(new Kms.DecryptCommand({ ...hidden, KeyId: undefined, EncryptionContext }));
      assert.equal(again.Plaintext?.length, length);
      assert.ok(again.Plaintext?.some((byte) => byte !== 0) === true || length === 1);
    }
    for (const given of [{}, { KeySpec: 'AES_256', NumberOfBytes: 1 } as const, { NumberOfBytes: 1025 }]) {
      await assert.rejects(kms.send(new Kms.GenerateDataKeyCommand({ KeyId, ...given })), refusals.validation);
    }
  });

  test('ReEncrypt moves a ciphertext to another key and context', async () => {
    const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    const moved = await kms.send(
      new Kms.ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: EncryptionContext,
        DestinationKeyId: other,
        DestinationEncryptionContext: { now: 'there' },
      }),
    );
    assert.equal(moved.SourceKeyId, KeyId);
    assert.equal(moved.KeyId, other);
    assert.notEqual(moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId);
    const opened = await kms.send(
      new Kms.DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { now: 'there' } }),
    );
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
    assert.equal(opened.KeyId, other);
    const wrong = new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: other });
    await assert.rejects(kms.send(wrong), refusals.ciphertext);
  });

  test('GenerateRandom gives as many bytes as asked for', async () => {
    const { Plaintext: bytes } = await kms.send(new Kms.GenerateRandomCommand({ NumberOfBytes: 64 }));
    assert.equal(bytes?.length, 64);
    await assert.rejects(kms.send(new Kms.GenerateRandomCommand({ NumberOfBytes: 1025 })), refusals.validation);
  });

  test('a dry run says that it would have worked, or why not', async () => {
    const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    const DryRun = true;
    const commands = [
      new Kms.EncryptCommand({ KeyId, Plaintext, DryRun }),
      new Kms.DecryptCommand({ CiphertextBlob, DryRun }),
      new Kms.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', DryRun }),
      new Kms.GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', DryRun }),
      new Kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: other, DryRun }),
    ];
    for (const command of commands) await assert.rejects(kms.send(command as Kms.EncryptCommand), refusals.dryRun);
    const { kms: outsider } = await house.user('dry-outsider', []);
    await assert.rejects(outsider.send(new Kms.EncryptCommand({ KeyId, Plaintext, DryRun })), {
      name: 'AccessDeniedException',
    });
  });

  test('a use leaves a record with key and context, and never a plaintext or ciphertext', async () => {
    const made = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    await kms.send(new Kms.DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext }));
    const records = await house.auditRecords();
    for (const name of ['Encrypt', 'Decrypt']) {
      const record = records.findLast(({ eventName, errorCode }) => eventName === name && errorCode === undefined);
      assert.equal(record?.readOnly, true);
      assert.equal(record?.responseElements, null);
      assert.deepEqual(record?.requestParameters?.['encryptionContext'], EncryptionContext);
      assert.deepEqual(record?.resources, [{ ARN: KeyId, accountId: KeyId.split(':')[4], type: 'AWS::KMS::Key' }]);
    }
    const all = JSON.stringify([records, house.log]);
    for (const secret of [Plaintext, Buffer.from(made.CiphertextBlob ?? [])]) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) {
        assert.ok(!all.includes(secret.toString(encoding)), encoding);
      }
    }
    assert.ok(!/plaintext|ciphertextBlob/i.test(JSON.stringify(records.map((one) => one.requestParameters))));
  });
});
