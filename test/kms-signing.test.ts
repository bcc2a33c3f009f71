// Sign, Verify and GetPublicKey through the corridor with the official SDK.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

const Message = Buffer.from('a marker that must not be seen');
const hasMlDsa = process.versions.openssl.localeCompare('3.5', 'en', { numeric: true }) >= 0;
const specs: ReadonlyArray<readonly [Kms.KeySpec, readonly Kms.SigningAlgorithmSpec[]]> = [
  ['ECC_NIST_P256', ['ECDSA_SHA_256']],
  ['ECC_NIST_P384', ['ECDSA_SHA_384']],
  ['ECC_NIST_P521', ['ECDSA_SHA_512']],
  ['ECC_SECG_P256K1', ['ECDSA_SHA_256']],
  [
    'RSA_3072',
    [
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
    ],
  ],
];

describe('signing with keys', () => {
  let house: House;
  let kms: Kms.KMSClient;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
  });
  after(() => house.dispose());

  async function newKey(KeySpec: Kms.KeySpec): Promise<Kms.KeyMetadata & { readonly Arn: string }> {
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({ KeySpec, KeyUsage: 'SIGN_VERIFY' }));
    assert.ok(KeyMetadata?.Arn !== undefined);
    return { ...KeyMetadata, Arn: KeyMetadata.Arn };
  }
  const sign = (input: Kms.SignCommandInput) => kms.send(new Kms.SignCommand(input));
  const isSigned = (input: Kms.VerifyCommandInput) => kms.send(new Kms.VerifyCommand(input));

  for (const [KeySpec, algorithms] of specs) {
    test(`${KeySpec}: every algorithm, over messages and digests`, async () => {
      const { Arn: KeyId, ...key } = await newKey(KeySpec);
      assert.deepEqual(key.SigningAlgorithms, algorithms);
      assert.equal(key.EncryptionAlgorithms, undefined);
      assert.equal(key.CurrentKeyMaterialId, undefined);
      const published = await kms.send(new Kms.GetPublicKeyCommand({ KeyId }));
      assert.deepEqual(published.SigningAlgorithms, algorithms);
      assert.equal(published.KeySpec, KeySpec);
      assert.equal(published.KeyUsage, 'SIGN_VERIFY');
      const publicKey = createPublicKey({ key: Buffer.from(published.PublicKey ?? []), format: 'der', type: 'spki' });
      for (const SigningAlgorithm of algorithms) {
        const hash = `sha${SigningAlgorithm.slice(-3)}`;
        const digest = createHash(hash).update(Message).digest();
        const given = { KeyId, SigningAlgorithm };
        for (const message of [{ Message }, { Message: digest, MessageType: 'DIGEST' as const }]) {
          const { Signature = new Uint8Array(), ...answer } = await sign({ ...given, ...message });
          assert.equal(answer.KeyId, KeyId);
          assert.equal(answer.SigningAlgorithm, SigningAlgorithm);
          const isPss = SigningAlgorithm.includes('PSS');
          const options = { key: publicKey, ...(isPss && { padding: 6, saltLength: digest.length }) };
          assert.ok(verify(hash, Message, options, Signature), SigningAlgorithm);
          for (const asked of [{ Message }, { Message: digest, MessageType: 'DIGEST' as const }]) {
            const { SignatureValid } = await isSigned({ ...given, ...asked, Signature });
            assert.equal(SignatureValid, true);
          }
          await assert.rejects(isSigned({ ...given, Message: Buffer.from('another'), Signature }), {
            name: 'KMSInvalidSignatureException',
          });
        }
      }
    });
  }

  for (const [KeySpec, algorithm, bytes] of [
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 64],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256', 2420],
    ['ML_DSA_65', 'ML_DSA_SHAKE_256', 3309],
    ['ML_DSA_87', 'ML_DSA_SHAKE_256', 4627],
  ] as const) {
    const skip = KeySpec.startsWith('ML_') && !hasMlDsa ? `Node ${process.version} has no ML-DSA` : false;
    test(`${KeySpec} signs messages, and no digests`, { skip }, async () => {
      const { Arn: KeyId, SigningAlgorithms } = await newKey(KeySpec);
      assert.deepEqual(SigningAlgorithms, [algorithm]);
      const input = { KeyId, Message, SigningAlgorithm: algorithm };
      const { Signature = new Uint8Array() } = await sign(input);
      assert.equal(Signature.length, bytes);
      const { PublicKey } = await kms.send(new Kms.GetPublicKeyCommand({ KeyId }));
      const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
      assert.ok(verify(null, Message, key, Signature));
      assert.equal((await isSigned({ ...input, Signature })).SignatureValid, true);
      const changed = Buffer.from(Signature);
      changed[9] = (changed[9] ?? 0) ^ 1;
      for (const wrong of [changed, Signature.subarray(1)]) {
        await assert.rejects(isSigned({ ...input, Signature: wrong }), { name: 'KMSInvalidSignatureException' });
      }
      const digest = { ...input, Message: Buffer.alloc(64), MessageType: 'DIGEST' } as const;
      await assert.rejects(sign(digest), { name: 'ValidationException' });
      await assert.rejects(sign({ ...input, SigningAlgorithm: 'ECDSA_SHA_256' }), { name: 'InvalidKeyUsageException' });
      const hidden = KeySpec.startsWith('ML_')
        ? ({ ...digest, MessageType: 'EXTERNAL_MU' } as const)
        : ({ ...digest, SigningAlgorithm: 'ED25519_PH_SHA_512' } as const);
      await assert.rejects(sign(hidden), { name: 'UnsupportedOperationException' });
    });
  }

  test('a usage must be said, and be one of the spec', async () => {
    await assert.rejects(kms.send(new Kms.CreateKeyCommand({ KeySpec: 'ECC_NIST_P256' })), {
      name: 'ValidationException',
      message: 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    });
    const wrong = { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
    await assert.rejects(kms.send(new Kms.CreateKeyCommand(wrong)), {
      name: 'ValidationException',
      message: 'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_SECG_P256K1',
    });
    const sm2 = new Kms.CreateKeyCommand({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' });
    await assert.rejects(kms.send(sm2), { name: 'UnsupportedOperationException' });
  });

  test('what a key is not for is refused', async () => {
    const { Arn: KeyId } = await newKey('ECC_NIST_P256');
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({}));
    const symmetric = KeyMetadata?.Arn ?? '';
    const SigningAlgorithm = 'ECDSA_SHA_256';
    const usage = 'InvalidKeyUsageException';
    await assert.rejects(sign({ KeyId: symmetric, Message, SigningAlgorithm }), {
      name: usage,
      message: `${symmetric} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`,
    });
    await assert.rejects(sign({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_384' }), { name: usage });
    await assert.rejects(sign({ KeyId, Message, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }), { name: usage });
    await assert.rejects(kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Message })), { name: usage });
    await assert.rejects(kms.send(new Kms.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })), { name: usage });
    await assert.rejects(kms.send(new Kms.GetPublicKeyCommand({ KeyId: symmetric })), {
      name: 'UnsupportedOperationException',
    });
    const validation = 'ValidationException';
    await assert.rejects(sign({ KeyId, Message, SigningAlgorithm, MessageType: 'DIGEST' }), {
      name: validation,
      message: 'Digest is invalid length for algorithm ECDSA_SHA_256.',
    });
    await assert.rejects(sign({ KeyId, Message, SigningAlgorithm, MessageType: 'EXTERNAL_MU' }), { name: validation });
    const long = Buffer.alloc(4097, 'x');
    await assert.rejects(sign({ KeyId, Message: long, SigningAlgorithm }), { name: validation });
    assert.ok((await sign({ KeyId, Message: long.subarray(1), SigningAlgorithm })).Signature);
    await assert.rejects(sign({ KeyId, Message, SigningAlgorithm, DryRun: true }), {
      name: 'DryRunOperationException',
    });
    const { Signature } = await sign({ KeyId, Message, SigningAlgorithm });
    const input = { KeyId, Message, SigningAlgorithm, DryRun: true } as const;
    await assert.rejects(isSigned({ ...input, Signature }), { name: 'DryRunOperationException' });
    await assert.rejects(isSigned({ ...input, Signature: Buffer.from('none') }), {
      name: 'KMSInvalidSignatureException',
    });
  });

  test('a disabled key neither signs nor tells its public half', async () => {
    const { Arn: KeyId } = await newKey('ECC_NIST_P256');
    const input = { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    const { Signature } = await sign(input);
    await kms.send(new Kms.DisableKeyCommand({ KeyId }));
    const disabled = { name: 'DisabledException' };
    await assert.rejects(sign(input), disabled);
    await assert.rejects(isSigned({ ...input, Signature }), disabled);
    await assert.rejects(kms.send(new Kms.GetPublicKeyCommand({ KeyId })), disabled);
    await kms.send(new Kms.EnableKeyCommand({ KeyId }));
    assert.equal((await isSigned({ ...input, Signature })).SignatureValid, true);
  });

  test('a policy may say with which algorithm, and whether over digests', async () => {
    const { Arn: KeyId } = await newKey('ECC_NIST_P256');
    const { kms: signer } = await house.user(
      'digest-signer',
      [],
      [
        {
          Effect: 'Allow',
          Action: 'kms:Sign',
          Resource: KeyId,
          Condition: { StringEquals: { 'kms:MessageType': 'DIGEST', 'kms:SigningAlgorithm': 'ECDSA_SHA_256' } },
        },
      ],
    );
    const input = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    const digest = createHash('sha256').update(Message).digest();
    await signer.send(new Kms.SignCommand({ ...input, Message: digest, MessageType: 'DIGEST' }));
    await assert.rejects(signer.send(new Kms.SignCommand({ ...input, Message })), { name: 'AccessDeniedException' });
  });

  test('a use leaves a record with key and algorithm, and never what was signed', async () => {
    const { Arn: KeyId } = await newKey('ECC_NIST_P256');
    const input = { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    const { Signature } = await sign(input);
    await isSigned({ ...input, Signature });
    await kms.send(new Kms.GetPublicKeyCommand({ KeyId }));
    const records = (await house.auditRecords()).filter(({ requestParameters: given }) => given?.['keyId'] === KeyId);
    for (const name of ['Sign', 'Verify', 'GetPublicKey']) {
      const record = records.find(({ eventName }) => eventName === name);
      assert.equal(record?.readOnly, true);
      assert.equal(record?.responseElements, null);
      assert.deepEqual(record?.resources, [{ ARN: KeyId, accountId: KeyId.split(':')[4], type: 'AWS::KMS::Key' }]);
      if (name !== 'GetPublicKey') assert.equal(record?.requestParameters?.['signingAlgorithm'], 'ECDSA_SHA_256');
    }
    const all = JSON.stringify([await house.auditRecords(), house.log]);
    for (const encoding of ['utf8', 'base64', 'hex'] as const) assert.ok(!all.includes(Message.toString(encoding)));
  });
});
