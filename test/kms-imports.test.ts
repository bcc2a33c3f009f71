// Imported key material through the corridor with the official SDK.

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';
import { type GivenImport, importMaterial, readWrappingKey, wrapMaterial } from './support/import-material.ts';

const Plaintext = Buffer.from('x');
const dayMs = 24 * 3600 * 1000;
const incorrect = { name: 'IncorrectKeyMaterialException' };

describe('imported material', () => {
  let house: House;
  let kms: Kms.KMSClient;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
  });
  after(() => house.dispose());

  async function newKey(KeySpec?: Kms.KeySpec, KeyUsage?: Kms.KeyUsageType): Promise<string> {
    const input = { Origin: 'EXTERNAL' as const, KeySpec, KeyUsage };
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand(input));
    assert.equal(KeyMetadata?.KeyState, 'PendingImport');
    assert.equal(KeyMetadata?.Origin, 'EXTERNAL');
    return KeyMetadata?.Arn ?? '';
  }
  const describeKey = async (KeyId: string) => (await kms.send(new Kms.DescribeKeyCommand({ KeyId }))).KeyMetadata;
  const parameters = (
    KeyId: string,
    WrappingAlgorithm: Kms.AlgorithmSpec = 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: Kms.WrappingKeySpec = 'RSA_2048',
  ) => kms.send(new Kms.GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec }));
  const bringIn = (KeyId: string, material: Buffer, given: GivenImport = {}, algorithm?: Kms.AlgorithmSpec) =>
    importMaterial(kms, KeyId, material, given, algorithm);

  test('a key works once its material is there, with every wrapping', async () => {
    for (const [algorithm, spec] of [
      ['RSAES_OAEP_SHA_1', 'RSA_2048'],
      ['RSAES_OAEP_SHA_256', 'RSA_3072'],
      ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_2048'],
      ['RSA_AES_KEY_WRAP_SHA_256', 'RSA_4096'],
    ] as const) {
      const KeyId = await newKey();
      await assert.rejects(kms.send(new Kms.EncryptCommand({ KeyId, Plaintext })), {
        name: 'KMSInvalidStateException',
        message: `${KeyId} is pending import.`,
      });
      const { PublicKey, ImportToken, ParametersValidTo } = await parameters(KeyId, algorithm, spec);
      const key = readWrappingKey(PublicKey);
      assert.equal(key.asymmetricKeyDetails?.modulusLength, Number(spec.slice(4)));
      const inMs = (ParametersValidTo?.getTime() ?? 0) - Date.now();
      assert.ok(Math.abs(inMs - dayMs) < 60_000, `${inMs}`);
      const imported = await kms.send(
        new Kms.ImportKeyMaterialCommand({
          KeyId,
          ImportToken,
          EncryptedKeyMaterial: wrapMaterial(key, algorithm, randomBytes(32)),
          ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
        }),
      );
      const metadata = await describeKey(KeyId);
      assert.equal(metadata?.KeyState, 'Enabled');
      assert.equal(metadata?.ExpirationModel, 'KEY_MATERIAL_DOES_NOT_EXPIRE');
      assert.equal(metadata?.CurrentKeyMaterialId, imported.KeyMaterialId);
      const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
      const opened = await kms.send(new Kms.DecryptCommand({ CiphertextBlob }));
      assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
    }
  });

  test('deleted material may come back, and no other: then old ciphertexts open', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const { KeyMaterialId } = await bringIn(KeyId, material);
    const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    const removed = await kms.send(new Kms.DeleteImportedKeyMaterialCommand({ KeyId }));
    assert.equal(removed.KeyMaterialId, KeyMaterialId);
    const pending = await describeKey(KeyId);
    assert.equal(pending?.KeyState, 'PendingImport');
    assert.equal(pending?.ExpirationModel, undefined);
    const decrypt = () => kms.send(new Kms.DecryptCommand({ CiphertextBlob }));
    await assert.rejects(decrypt(), { name: 'KMSInvalidStateException', message: `${KeyId} is pending import.` });
    await assert.rejects(bringIn(KeyId, randomBytes(32)), incorrect);
    await assert.rejects(bringIn(KeyId, material, { KeyMaterialId: 'ab'.repeat(32) }), incorrect);
    assert.equal((await bringIn(KeyId, material, { KeyMaterialId })).KeyMaterialId, KeyMaterialId);
    assert.deepEqual(Buffer.from((await decrypt()).Plaintext ?? []), Plaintext);
    // With the material in place, too, and the key stays as disabled as it was.
    await kms.send(new Kms.DisableKeyCommand({ KeyId }));
    await assert.rejects(bringIn(KeyId, randomBytes(32)), incorrect);
    const ValidTo = new Date(Math.floor((Date.now() + dayMs) / 1000) * 1000);
    await bringIn(KeyId, material, { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo });
    const again = await describeKey(KeyId);
    assert.equal(again?.KeyState, 'Disabled');
    assert.equal(again?.ExpirationModel, 'KEY_MATERIAL_EXPIRES');
    assert.deepEqual(again?.ValidTo, ValidTo);
  });

  test('HMAC keys and key pairs take material of their spec', async () => {
    const mac = await newKey('HMAC_256', 'GENERATE_VERIFY_MAC');
    const secret = randomBytes(32);
    await assert.rejects(bringIn(mac, randomBytes(31)), incorrect);
    await bringIn(mac, secret);
    const macInput = { KeyId: mac, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const { Mac } = await kms.send(new Kms.GenerateMacCommand(macInput));
    assert.deepEqual(Buffer.from(Mac ?? []), createHmac('sha256', secret).update(Plaintext).digest());

    const wrapping = 'RSA_AES_KEY_WRAP_SHA_256';
    const rsa = await newKey('RSA_3072', 'SIGN_VERIFY');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
    const der = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'der' });
    const { privateKey: small } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const wrong of [der(small), randomBytes(1000)]) {
      await assert.rejects(bringIn(rsa, wrong, {}, wrapping), incorrect);
    }
    await bringIn(rsa, der(privateKey), {}, wrapping);
    const signing = { KeyId: rsa, Message: Plaintext, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' } as const;
    const { Signature } = await kms.send(new Kms.SignCommand(signing));
    assert.ok(verify('sha256', Plaintext, publicKey, Signature ?? new Uint8Array()));

    const curve = await newKey('ECC_NIST_P256', 'SIGN_VERIFY');
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    await assert.rejects(bringIn(curve, der(other.privateKey), {}, wrapping), incorrect);
    const right = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await bringIn(curve, der(right.privateKey), {}, wrapping);
    const { PublicKey } = await kms.send(new Kms.GetPublicKeyCommand({ KeyId: curve }));
    assert.deepEqual(Buffer.from(PublicKey ?? []), right.publicKey.export({ type: 'spki', format: 'der' }));
  });

  test('tokens, wrappings and times that are not right are refused', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const { ImportToken: foreign } = await parameters(await newKey());
    const invalid = { name: 'InvalidImportTokenException' };
    for (const ImportToken of [foreign, Buffer.from('none')]) {
      await assert.rejects(bringIn(KeyId, material, { ImportToken }), invalid);
    }
    const { ImportToken } = await parameters(KeyId);
    const changed = Buffer.from(ImportToken ?? []);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    await assert.rejects(bringIn(KeyId, material, { ImportToken: changed }), invalid);
    // Another token of the key is good, but the material was wrapped for another public key.
    const ciphertext = { name: 'InvalidCiphertextException' };
    await assert.rejects(bringIn(KeyId, material, { ImportToken }), ciphertext);
    await assert.rejects(bringIn(KeyId, material, { EncryptedKeyMaterial: randomBytes(256) }), ciphertext);
    await assert.rejects(bringIn(KeyId, randomBytes(16)), incorrect);
    const validation = { name: 'ValidationException' };
    const ExpirationModel = 'KEY_MATERIAL_EXPIRES';
    for (const ValidTo of [undefined, new Date(Date.now() - 1000), new Date(Date.now() + 366 * dayMs)]) {
      await assert.rejects(bringIn(KeyId, material, { ExpirationModel, ValidTo }), validation);
    }
    await assert.rejects(bringIn(KeyId, material, { ValidTo: new Date(Date.now() + dayMs) }), validation);
    const unsupported = { name: 'UnsupportedOperationException' };
    await assert.rejects(parameters(KeyId, 'RSAES_PKCS1_V1_5'), unsupported);
    await assert.rejects(parameters(KeyId, 'SM2PKE', 'SM2'), unsupported);
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({}));
    const own = KeyMetadata?.Arn ?? '';
    await assert.rejects(parameters(own), unsupported);
    await assert.rejects(kms.send(new Kms.DeleteImportedKeyMaterialCommand({ KeyId: own })), unsupported);
    assert.equal((await describeKey(KeyId))?.KeyState, 'PendingImport');
    await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId }));
    await assert.rejects(parameters(KeyId), { name: 'KMSInvalidStateException' });
    await kms.send(new Kms.CancelKeyDeletionCommand({ KeyId }));
    assert.equal((await describeKey(KeyId))?.KeyState, 'PendingImport');
  });

  test('a policy may say how, and the records hold neither token nor material', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const condition = { StringEquals: { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES' } };
    const { kms: importer } = await house.user(
      'importer',
      [],
      [{ Effect: 'Allow', Action: 'kms:ImportKeyMaterial', Resource: KeyId, Condition: condition }],
    );
    const { PublicKey, ImportToken = new Uint8Array() } = await parameters(KeyId);
    const key = readWrappingKey(PublicKey);
    const input = { KeyId, ImportToken, EncryptedKeyMaterial: wrapMaterial(key, 'RSAES_OAEP_SHA_256', material) };
    const forEver = { ...input, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
    await assert.rejects(importer.send(new Kms.ImportKeyMaterialCommand(forEver)), { name: 'AccessDeniedException' });
    const ValidTo = new Date(Date.now() + dayMs);
    const { KeyMaterialId } = await importer.send(new Kms.ImportKeyMaterialCommand({ ...input, ValidTo }));
    await kms.send(new Kms.DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));
    const records = await house.auditRecords();
    const of = (name: string) =>
      records.findLast(({ eventName, errorCode }) => eventName === name && errorCode === undefined);
    assert.deepEqual(of('ImportKeyMaterial')?.responseElements, { keyId: KeyId, keyMaterialId: KeyMaterialId });
    assert.equal(of('ImportKeyMaterial')?.readOnly, false);
    assert.deepEqual(of('GetParametersForImport')?.requestParameters, {
      keyId: KeyId,
      wrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      wrappingKeySpec: 'RSA_2048',
    });
    assert.deepEqual(of('DeleteImportedKeyMaterial')?.responseElements, { keyId: KeyId, keyMaterialId: KeyMaterialId });
    const all = JSON.stringify([records, house.log]);
    for (const secret of [material, Buffer.from(ImportToken)]) {
      for (const encoding of ['base64', 'hex'] as const) assert.ok(!all.includes(secret.toString(encoding)), encoding);
    }
  });
});
