// RSA encryption, data key pairs and shared secrets through the corridor with the official SDK.

import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

const Plaintext = Buffer.from('a marker that must not be seen');
const refusals = {
  ciphertext: { name: 'InvalidCiphertextException' },
  dryRun: { name: 'DryRunOperationException' },
  usage: { name: 'InvalidKeyUsageException' },
  validation: { name: 'ValidationException' },
};

describe('key pairs', () => {
  let house: House;
  let kms: Kms.KMSClient;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
  });
  after(() => house.dispose());

  async function newKey(KeySpec: Kms.KeySpec, KeyUsage: Kms.KeyUsageType): Promise<string> {
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({ KeySpec, KeyUsage }));
    return KeyMetadata?.Arn ?? '';
  }
  const encrypt = (input: Kms.EncryptCommandInput) => kms.send(new Kms.EncryptCommand(input));
  const decrypt = (input: Kms.DecryptCommandInput) => kms.send(new Kms.DecryptCommand(input));
  async function publicKeyOf(KeyId: string): Promise<KeyObject> {
    const { PublicKey } = await kms.send(new Kms.GetPublicKeyCommand({ KeyId }));
    return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  }

  const most = [
    ['RSA_2048', 'RSAES_OAEP_SHA_1', 214],
    ['RSA_2048', 'RSAES_OAEP_SHA_256', 190],
    ['RSA_3072', 'RSAES_OAEP_SHA_1', 342],
    ['RSA_3072', 'RSAES_OAEP_SHA_256', 318],
    ['RSA_4096', 'RSAES_OAEP_SHA_1', 470],
    ['RSA_4096', 'RSAES_OAEP_SHA_256', 446],
  ] as const;

  test('RSA encrypts what fits, also with the public key alone', async () => {
    const keys = new Map<string, string>();
    for (const [spec, EncryptionAlgorithm, bytes] of most) {
      const KeyId = keys.get(spec) ?? (await newKey(spec, 'ENCRYPT_DECRYPT'));
      keys.set(spec, KeyId);
      const input = { KeyId, EncryptionAlgorithm };
      const longest = Buffer.alloc(bytes, 'x');
      const made = await encrypt({ ...input, Plaintext: longest });
      assert.equal(made.EncryptionAlgorithm, EncryptionAlgorithm);
      assert.equal(made.KeyId, KeyId);
      const opened = await decrypt({ ...input, CiphertextBlob: made.CiphertextBlob });
      assert.deepEqual(Buffer.from(opened.Plaintext ?? []), longest);
      assert.equal(opened.KeyMaterialId, undefined);
      await assert.rejects(encrypt({ ...input, Plaintext: Buffer.alloc(bytes + 1) }), {
        name: 'ValidationException',
        message: new RegExp(`${EncryptionAlgorithm} and key spec ${spec} cannot encrypt .* than ${bytes} bytes`),
      });
      const oaepHash = EncryptionAlgorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256';
      const CiphertextBlob = publicEncrypt({ key: await publicKeyOf(KeyId), oaepHash, padding: 4 }, Plaintext);
      assert.deepEqual(Buffer.from((await decrypt({ ...input, CiphertextBlob })).Plaintext ?? []), Plaintext);
    }
  });

  test('RSA ciphertexts name no key and no context', async () => {
    const KeyId = await newKey('RSA_2048', 'ENCRYPT_DECRYPT');
    const input = { KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    const { CiphertextBlob = new Uint8Array() } = await encrypt({ ...input, Plaintext });
    await assert.rejects(decrypt({ CiphertextBlob }), refusals.ciphertext);
    await assert.rejects(decrypt({ ...input, KeyId: undefined, CiphertextBlob }), refusals.ciphertext);
    const changed = Buffer.from(CiphertextBlob);
    changed[9] = (changed[9] ?? 0) ^ 1;
    for (const wrong of [changed, CiphertextBlob.subarray(1), Buffer.from('x')]) {
      await assert.rejects(decrypt({ ...input, CiphertextBlob: wrong }), refusals.ciphertext);
    }
    const other = 'RSAES_OAEP_SHA_1';
    await assert.rejects(decrypt({ ...input, EncryptionAlgorithm: other, CiphertextBlob }), refusals.ciphertext);
    await assert.rejects(decrypt({ KeyId, CiphertextBlob }), refusals.usage);
    await assert.rejects(encrypt({ KeyId, Plaintext }), refusals.usage);
    await assert.rejects(encrypt({ ...input, Plaintext, EncryptionContext: { a: 'b' } }), refusals.validation);
    await assert.rejects(encrypt({ ...input, Plaintext, DryRun: true }), refusals.dryRun);
    await assert.rejects(decrypt({ ...input, CiphertextBlob, DryRun: true }), refusals.dryRun);
    const signer = await newKey('RSA_2048', 'SIGN_VERIFY');
    await assert.rejects(encrypt({ ...input, KeyId: signer, Plaintext }), refusals.usage);
    await kms.send(new Kms.DisableKeyCommand({ KeyId }));
    await assert.rejects(decrypt({ ...input, CiphertextBlob }), { name: 'DisabledException' });
  });

  test('ReEncrypt moves between RSA and symmetric keys', async () => {
    const rsa = await newKey('RSA_2048', 'ENCRYPT_DECRYPT');
    const symmetric = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const EncryptionContext = { a: 'b' };
    const algorithm = 'RSAES_OAEP_SHA_256';
    const first = await encrypt({ KeyId: symmetric, Plaintext, EncryptionContext });
    const reEncrypt = (input: Kms.ReEncryptCommandInput) => kms.send(new Kms.ReEncryptCommand(input));
    const there = await reEncrypt({
      CiphertextBlob: first.CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: rsa,
      DestinationEncryptionAlgorithm: algorithm,
    });
    assert.equal(there.DestinationEncryptionAlgorithm, algorithm);
    assert.equal(there.DestinationKeyMaterialId, undefined);
    assert.match(there.SourceKeyMaterialId ?? '', /^[0-9a-f]{64}$/);
    const source = { SourceKeyId: rsa, SourceEncryptionAlgorithm: algorithm } as const;
    const back = await reEncrypt({ ...source, CiphertextBlob: there.CiphertextBlob, DestinationKeyId: symmetric });
    assert.equal(back.SourceKeyMaterialId, undefined);
    const opened = await decrypt({ CiphertextBlob: back.CiphertextBlob });
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
    const long = await encrypt({ KeyId: symmetric, Plaintext: Buffer.alloc(191) });
    const tooLong = { DestinationKeyId: rsa, DestinationEncryptionAlgorithm: algorithm } as const;
    await assert.rejects(reEncrypt({ CiphertextBlob: long.CiphertextBlob, ...tooLong }), refusals.validation);
  });

  test('a data key pair is a pair, and its private half opens under the key and context', async () => {
    const KeyId = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const EncryptionContext = { a: 'b' };
    for (const KeyPairSpec of ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_P521', 'ECC_SECG_P256K1'] as const) {
      const input = { KeyId, KeyPairSpec, EncryptionContext };
      const made = await kms.send(new Kms.GenerateDataKeyPairCommand(input));
      assert.equal(made.KeyPairSpec, KeyPairSpec);
      assert.equal(made.KeyId, KeyId);
      const { PrivateKeyPlaintext = new Uint8Array(), PublicKey = new Uint8Array() } = made;
      const opened = await decrypt({ CiphertextBlob: made.PrivateKeyCiphertextBlob, EncryptionContext });
      assert.deepEqual(opened.Plaintext, PrivateKeyPlaintext);
      const privateKey = createPrivateKey({ key: Buffer.from(PrivateKeyPlaintext), format: 'der', type: 'pkcs8' });
      const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
      assert.ok(verify('sha256', Plaintext, publicKey, sign('sha256', Plaintext, privateKey)));
      const hidden = await kms.send(new Kms.GenerateDataKeyPairWithoutPlaintextCommand(input));
      assert.ok(!('PrivateKeyPlaintext' in hidden));
      const again = await decrypt({ CiphertextBlob: hidden.PrivateKeyCiphertextBlob, EncryptionContext });
      const key = createPrivateKey({ key: Buffer.from(again.Plaintext ?? []), format: 'der', type: 'pkcs8' });
      const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
      assert.deepEqual(Buffer.from(hidden.PublicKey ?? []), spki);
    }
    const pair = (given: Partial<Kms.GenerateDataKeyPairCommandInput>) =>
      kms.send(new Kms.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256', ...given }));
    const { PrivateKeyPlaintext: edwards } = await pair({ KeyPairSpec: 'ECC_NIST_EDWARDS25519' });
    const edwardsKey = createPrivateKey({ key: Buffer.from(edwards ?? []), format: 'der', type: 'pkcs8' });
    assert.equal(edwardsKey.asymmetricKeyType, 'ed25519');
    await assert.rejects(pair({ DryRun: true }), refusals.dryRun);
    await assert.rejects(pair({ KeyPairSpec: 'SM2' }), { name: 'UnsupportedOperationException' });
    await assert.rejects(pair({ KeyId: await newKey('RSA_2048', 'ENCRYPT_DECRYPT') }), refusals.usage);
    await assert.rejects(pair({ KeyId: await newKey('ECC_NIST_P256', 'SIGN_VERIFY') }), refusals.usage);
  });

  test('two sides derive the same secret', async () => {
    const curves = [
      ['ECC_NIST_P256', 'P-256'],
      ['ECC_NIST_P384', 'P-384'],
      ['ECC_NIST_P521', 'P-521'],
    ] as const;
    const input = { KeyAgreementAlgorithm: 'ECDH' } as const;
    const derive = (given: Omit<Kms.DeriveSharedSecretCommandInput, 'KeyAgreementAlgorithm'>) =>
      kms.send(new Kms.DeriveSharedSecretCommand({ ...input, ...given }));
    const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' });
    for (const [spec, namedCurve] of curves) {
      const KeyId = await newKey(spec, 'KEY_AGREEMENT');
      const { KeyMetadata } = await kms.send(new Kms.DescribeKeyCommand({ KeyId }));
      assert.deepEqual(KeyMetadata?.KeyAgreementAlgorithms, ['ECDH']);
      assert.equal(KeyMetadata?.SigningAlgorithms, undefined);
      const { privateKey, publicKey: own } = generateKeyPairSync('ec', { namedCurve });
      const derived = await derive({ KeyId, PublicKey: spki(own) });
      const secret = diffieHellman({ privateKey, publicKey: await publicKeyOf(KeyId) });
      assert.deepEqual(Buffer.from(derived.SharedSecret ?? []), secret);
      assert.equal(derived.KeyOrigin, 'AWS_KMS');
      const other = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
      const { publicKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      for (const PublicKey of [spki(other), spki(rsa), Buffer.from('none')]) {
        await assert.rejects(derive({ KeyId, PublicKey }), refusals.validation);
      }
      await assert.rejects(derive({ KeyId, PublicKey: spki(own), DryRun: true }), refusals.dryRun);
      const signer = await newKey(spec, 'SIGN_VERIFY');
      await assert.rejects(derive({ KeyId: signer, PublicKey: spki(own) }), refusals.usage);
      const signing = new Kms.SignCommand({ KeyId, Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' });
      await assert.rejects(kms.send(signing), refusals.usage);
    }
  });

  test('records hold neither plaintexts nor keys nor secrets', async () => {
    const KeyId = await newKey('ECC_NIST_P256', 'KEY_AGREEMENT');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const PublicKey = publicKey.export({ format: 'der', type: 'spki' });
    const given = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
    const { SharedSecret = new Uint8Array() } = await kms.send(new Kms.DeriveSharedSecretCommand(given));
    const wrapping = await newKey('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    const pair = await kms.send(new Kms.GenerateDataKeyPairCommand({ KeyId: wrapping, KeyPairSpec: 'ECC_NIST_P256' }));
    const records = await house.auditRecords();
    const last = (name: string) => records.findLast(({ eventName }) => eventName === name);
    assert.deepEqual(last('DeriveSharedSecret')?.requestParameters, { keyId: KeyId, keyAgreementAlgorithm: 'ECDH' });
    assert.deepEqual(last('GenerateDataKeyPair')?.requestParameters, {
      keyId: wrapping,
      keyPairSpec: 'ECC_NIST_P256',
    });
    const all = JSON.stringify([records, house.log]);
    for (const secret of [Plaintext, SharedSecret, pair.PrivateKeyPlaintext ?? new Uint8Array(1)]) {
      for (const encoding of ['base64', 'hex'] as const) {
        assert.ok(!all.includes(Buffer.from(secret).toString(encoding)), encoding);
      }
    }
  });
});
