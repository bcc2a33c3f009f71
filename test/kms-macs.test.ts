// GenerateMac and VerifyMac through the corridor with the official SDK.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

const Message = Buffer.from('a marker that must not be seen');
const invalid = { name: 'KMSInvalidMacException' };

describe('keys of HMAC', () => {
  let house: House;
  let kms: Kms.KMSClient;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
  });
  after(() => house.dispose());

  async function newKey(bits: number): Promise<Kms.KeyMetadata & { readonly Arn: string }> {
    const input = { KeySpec: `HMAC_${bits}` as Kms.KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand(input));
    assert.ok(KeyMetadata?.Arn !== undefined);
    return { ...KeyMetadata, Arn: KeyMetadata.Arn };
  }
  const generate = (input: Kms.GenerateMacCommandInput) => kms.send(new Kms.GenerateMacCommand(input));
  const isValid = (input: Kms.VerifyMacCommandInput) => kms.send(new Kms.VerifyMacCommand(input));

  for (const bits of [224, 256, 384, 512]) {
    test(`HMAC_${bits}: a MAC verifies, and no other does`, async () => {
      const { Arn: KeyId, MacAlgorithms } = await newKey(bits);
      const MacAlgorithm = `HMAC_SHA_${bits}` as Kms.MacAlgorithmSpec;
      assert.deepEqual(MacAlgorithms, [MacAlgorithm]);
      const input = { KeyId, Message, MacAlgorithm };
      const made = await generate(input);
      const { Mac = new Uint8Array() } = made;
      assert.equal(made.KeyId, KeyId);
      assert.equal(made.MacAlgorithm, MacAlgorithm);
      assert.equal(Mac.length, bits / 8);
      assert.deepEqual((await generate(input)).Mac, Mac);
      const verified = await isValid({ ...input, Mac });
      assert.equal(verified.MacValid, true);
      assert.equal(verified.KeyId, KeyId);
      const changed = Buffer.from(Mac);
      changed[0] = (changed[0] ?? 0) ^ 1;
      for (const wrong of [changed, Mac.subarray(1), Buffer.concat([Mac, Buffer.from([0])])]) {
        await assert.rejects(isValid({ ...input, Mac: wrong }), invalid);
      }
      await assert.rejects(isValid({ ...input, Mac, Message: Buffer.from('another') }), invalid);
      const { Arn: other } = await newKey(bits);
      await assert.rejects(isValid({ ...input, Mac, KeyId: other }), invalid);
    });
  }

  test('what a key is not for is refused, and a dry run says so', async () => {
    const { Arn: KeyId } = await newKey(256);
    const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const usage = { name: 'InvalidKeyUsageException' };
    await assert.rejects(generate({ ...input, MacAlgorithm: 'HMAC_SHA_512' }), usage);
    await assert.rejects(kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Message })), usage);
    await assert.rejects(kms.send(new Kms.GetPublicKeyCommand({ KeyId })), { name: 'UnsupportedOperationException' });
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({}));
    await assert.rejects(generate({ ...input, KeyId: KeyMetadata?.Arn }), usage);
    const { Mac } = await generate(input);
    const dryRun = { name: 'DryRunOperationException' };
    await assert.rejects(generate({ ...input, DryRun: true }), dryRun);
    await assert.rejects(isValid({ ...input, Mac, DryRun: true }), dryRun);
    await assert.rejects(isValid({ ...input, Mac: Buffer.from('x'), DryRun: true }), invalid);
    await assert.rejects(generate({ ...input, Message: Buffer.alloc(4097) }), { name: 'ValidationException' });
    await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId }));
    const state = { name: 'KMSInvalidStateException' };
    await assert.rejects(generate(input), state);
    await assert.rejects(isValid({ ...input, Mac }), state);
  });

  test('who may verify may not make any, and records hold neither message nor MAC', async () => {
    const { Arn: KeyId } = await newKey(256);
    const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' } as const;
    const { Mac = new Uint8Array() } = await generate(input);
    const statement = { Effect: 'Allow', Action: 'kms:VerifyMac', Resource: KeyId };
    const { kms: verifier } = await house.user('mac-verifier', [], [statement]);
    assert.equal((await verifier.send(new Kms.VerifyMacCommand({ ...input, Mac }))).MacValid, true);
    await assert.rejects(verifier.send(new Kms.GenerateMacCommand(input)), { name: 'AccessDeniedException' });
    const records = await house.auditRecords();
    for (const name of ['GenerateMac', 'VerifyMac']) {
      const record = records.findLast(({ eventName, errorCode }) => eventName === name && errorCode === undefined);
      assert.deepEqual(record?.requestParameters, { keyId: KeyId, macAlgorithm: 'HMAC_SHA_256' });
      assert.equal(record?.responseElements, null);
    }
    const all = JSON.stringify([records, house.log]);
    for (const secret of [Message, Buffer.from(Mac)]) {
      for (const encoding of ['utf8', 'base64', 'hex'] as const) assert.ok(!all.includes(secret.toString(encoding)));
    }
  });
});
