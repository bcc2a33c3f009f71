// Several imported materials of one key through the corridor: imported, rotated, deleted, brought back, replicated.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';
import { type GivenImport, importMaterial } from './support/import-material.ts';
import { refusedAs } from './support/refused.ts';

const home = 'us-east-1';
const away = 'eu-west-1';
const Plaintext = Buffer.from('x');
const ImportType = 'NEW_KEY_MATERIAL';
const incorrect = 'IncorrectKeyMaterialException';
const state = 'KMSInvalidStateException';
const unsupported = 'UnsupportedOperationException';

describe('several imported materials', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let there: Kms.KMSClient;
  before(async () => {
    house = await openHouse(`regions: [${home}, ${away}]`);
    ({ kms } = house.administrator);
    there = house.as({ ...house.administrator.options, region: away }).kms;
  });
  after(() => house.dispose());

  async function newKey(input: Kms.CreateKeyCommandInput = {}): Promise<string> {
    const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({ Origin: 'EXTERNAL', ...input }));
    return (input.MultiRegion === true ? KeyMetadata?.KeyId : KeyMetadata?.Arn) ?? '';
  }
  const bringIn = async (KeyId: string, material: Buffer, given: GivenImport = {}, by = kms) =>
    (await importMaterial(by, KeyId, material, given)).KeyMaterialId ?? '';
  const metadata = async (KeyId: string, by = kms) =>
    (await by.send(new Kms.DescribeKeyCommand({ KeyId }))).KeyMetadata;
  const stateOf = async (KeyId: string, by = kms) => (await metadata(KeyId, by))?.KeyState;
  const rotate = (KeyId: string, by = kms) => by.send(new Kms.RotateKeyOnDemandCommand({ KeyId }));
  const remove = (KeyId: string, KeyMaterialId?: string, by = kms) =>
    by.send(new Kms.DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));
  const encrypt = async (KeyId: string, by = kms) =>
    (await by.send(new Kms.EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob;
  const openedBy = async (CiphertextBlob: Uint8Array | undefined, by = kms) => {
    const opened = await by.send(new Kms.DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
    return opened.KeyMaterialId;
  };
  const listed = async (KeyId: string, by = kms) => {
    const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    return (await by.send(new Kms.ListKeyRotationsCommand(input))).Rotations ?? [];
  };
  const states = async (KeyId: string, by = kms) =>
    (await listed(KeyId, by)).map((one) => [one.KeyMaterialId, one.KeyMaterialState, one.ImportState]);

  test('new material waits for its rotation, which keeps what the old has encrypted', async () => {
    const KeyId = await newKey();
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const firstId = await bringIn(KeyId, first, { ImportType });
    const old = await encrypt(KeyId);
    await refusedAs(incorrect, bringIn(KeyId, first, { ImportType }));
    await refusedAs(incorrect, bringIn(KeyId, second));
    await refusedAs(incorrect, bringIn(KeyId, second, { ImportType: 'EXISTING_KEY_MATERIAL' }));
    await refusedAs(state, rotate(KeyId), /no key material that is pending rotation/);
    const ValidTo = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
    const ends = { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo } as const;
    const secondId = await bringIn(KeyId, second, { ImportType, KeyMaterialDescription: 'of 2027', ...ends });
    assert.equal((await metadata(KeyId))?.CurrentKeyMaterialId, firstId);
    assert.equal((await metadata(KeyId))?.ValidTo, undefined, 'what waits ends nothing');
    await refusedAs(state, bringIn(KeyId, randomBytes(32), { ImportType }), /pending rotation/);
    const id = KeyId.split('/')[1];
    const waiting = { KeyId: id, KeyMaterialId: secondId, KeyMaterialDescription: 'of 2027', ImportState: 'IMPORTED' };
    const began = { KeyId: id, KeyMaterialId: firstId, ImportState: 'IMPORTED' };
    const noEnd = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
    assert.deepEqual(await listed(KeyId), [
      { ...waiting, ...ends, KeyMaterialState: 'PENDING_ROTATION' },
      { ...began, ...noEnd, KeyMaterialState: 'CURRENT' },
    ]);
    assert.deepEqual((await kms.send(new Kms.ListKeyRotationsCommand({ KeyId }))).Rotations, []);
    assert.equal(await openedBy(await encrypt(KeyId)), firstId);
    assert.equal((await rotate(KeyId)).KeyId, KeyId);
    const [now, ...before] = await listed(KeyId);
    const { RotationDate, ...rotated } = now ?? {};
    assert.ok(Math.abs((RotationDate?.getTime() ?? 0) - Date.now()) < 60_000);
    assert.deepEqual(rotated, { ...waiting, ...ends, KeyMaterialState: 'CURRENT', RotationType: 'ON_DEMAND' });
    assert.deepEqual(before, [{ ...began, ...noEnd, KeyMaterialState: 'NON_CURRENT' }]);
    assert.deepEqual((await kms.send(new Kms.ListKeyRotationsCommand({ KeyId }))).Rotations, [now]);
    assert.equal((await metadata(KeyId))?.CurrentKeyMaterialId, secondId);
    assert.deepEqual((await metadata(KeyId))?.ValidTo, ValidTo);
    assert.equal(await openedBy(old), firstId);
    assert.equal(await openedBy(await encrypt(KeyId)), secondId);
    await bringIn(KeyId, second);
    assert.equal((await listed(KeyId))[0]?.KeyMaterialDescription, 'of 2027', 'what was said of it stays');
  });

  test('a key waits until every material that it used is there again', async () => {
    const KeyId = await newKey();
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const firstId = await bringIn(KeyId, first);
    const old = await encrypt(KeyId);
    const secondId = await bringIn(KeyId, second, { ImportType });
    await rotate(KeyId);
    await refusedAs('NotFoundException', remove(KeyId, 'ab'.repeat(32)));
    assert.equal((await remove(KeyId, firstId)).KeyMaterialId, firstId);
    assert.equal(await stateOf(KeyId), 'PendingImport');
    await refusedAs(state, encrypt(KeyId), /is pending import/);
    await refusedAs(state, rotate(KeyId), /is pending import/);
    assert.equal((await remove(KeyId)).KeyMaterialId, secondId, 'the current one where none is named');
    assert.deepEqual(await states(KeyId), [
      [secondId, 'CURRENT', 'PENDING_IMPORT'],
      [firstId, 'NON_CURRENT', 'PENDING_IMPORT'],
    ]);
    assert.equal((await listed(KeyId))[0]?.ExpirationModel, undefined);
    assert.equal(await bringIn(KeyId, second), secondId);
    assert.equal(await stateOf(KeyId), 'PendingImport');
    await refusedAs(incorrect, bringIn(KeyId, first, { KeyMaterialId: secondId }));
    assert.equal(await bringIn(KeyId, first, { KeyMaterialId: firstId }), firstId);
    assert.equal(await stateOf(KeyId), 'Enabled');
    assert.equal(await openedBy(old), firstId);
    assert.equal((await metadata(KeyId))?.CurrentKeyMaterialId, secondId);
  });

  test('what waits for its rotation can be taken back and replaced', async () => {
    const KeyId = await newKey();
    const firstId = await bringIn(KeyId, randomBytes(32));
    const taken = randomBytes(32);
    const takenId = await bringIn(KeyId, taken, { ImportType });
    await remove(KeyId, takenId);
    assert.equal(await stateOf(KeyId), 'Enabled');
    assert.deepEqual(await states(KeyId), [[firstId, 'CURRENT', 'IMPORTED']]);
    await refusedAs(state, rotate(KeyId));
    const otherId = await bringIn(KeyId, randomBytes(32), { ImportType });
    await rotate(KeyId);
    await bringIn(KeyId, taken, { ImportType });
    await rotate(KeyId);
    assert.deepEqual(
      (await states(KeyId)).map(([id]) => id),
      [takenId, otherId, firstId],
    );
  });

  test('only symmetric keys have several, and what does not fit is refused', async () => {
    const mac = await newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const secret = randomBytes(32);
    for (const given of [
      { ImportType },
      { KeyMaterialDescription: 'x' },
      { KeyMaterialId: 'ab'.repeat(32) },
    ] as const) {
      await refusedAs(unsupported, bringIn(mac, secret, given));
    }
    await bringIn(mac, secret);
    await refusedAs(unsupported, rotate(mac));
    await refusedAs(unsupported, listed(mac));
    const KeyId = await newKey();
    const named = { ImportType, KeyMaterialId: 'ab'.repeat(32) } as const;
    await refusedAs('ValidationException', bringIn(KeyId, secret, named));
    await bringIn(KeyId, secret);
    await refusedAs(unsupported, kms.send(new Kms.EnableKeyRotationCommand({ KeyId })));
    const { kms: outsider } = await house.user('imports-nothing', []);
    await refusedAs('AccessDeniedException', rotate(KeyId, outsider));
    await refusedAs('AccessDeniedException', listed(KeyId, outsider));
    const KeyMaterialDescription = 'for the record';
    await bringIn(KeyId, randomBytes(32), { ImportType, KeyMaterialDescription });
    const records = await house.auditRecords();
    const { requestParameters } = records.findLast(({ eventName }) => eventName === 'ImportKeyMaterial') ?? {};
    assert.equal(requestParameters?.['importType'], ImportType);
    assert.equal(requestParameters?.['keyMaterialDescription'], KeyMaterialDescription);
  });

  test('a replica begins without material, and takes what its primary has', async () => {
    const KeyId = await newKey({ MultiRegion: true });
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const firstId = await bringIn(KeyId, first);
    const made = await kms.send(new Kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: away }));
    assert.equal(made.ReplicaKeyMetadata?.KeyState, 'PendingImport');
    assert.equal(made.ReplicaKeyMetadata?.Origin, 'EXTERNAL');
    await refusedAs(incorrect, bringIn(KeyId, second, {}, there));
    await refusedAs(unsupported, bringIn(KeyId, second, { ImportType }, there));
    assert.equal(await bringIn(KeyId, first, {}, there), firstId);
    assert.equal(await stateOf(KeyId, there), 'Enabled');
    assert.equal(await openedBy(await encrypt(KeyId), there), firstId);
    const secondId = await bringIn(KeyId, second, { ImportType });
    const partly = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
    assert.deepEqual((await states(KeyId))[0], [secondId, partly, 'IMPORTED']);
    assert.deepEqual((await states(KeyId, there))[0], [secondId, partly, 'PENDING_IMPORT']);
    await refusedAs(state, rotate(KeyId), /in the region eu-west-1/);
    await bringIn(KeyId, second, { ImportType: 'EXISTING_KEY_MATERIAL' }, there);
    assert.deepEqual((await states(KeyId))[0], [secondId, 'PENDING_ROTATION', 'IMPORTED']);
    await refusedAs(unsupported, rotate(KeyId, there));
    await rotate(KeyId);
    for (const by of [kms, there]) {
      assert.equal((await metadata(KeyId, by))?.CurrentKeyMaterialId, secondId);
      assert.equal((await states(KeyId, by))[0]?.[1], 'CURRENT');
    }
    assert.equal(await openedBy(await encrypt(KeyId, there)), secondId);
    await remove(KeyId, firstId, there);
    assert.deepEqual([await stateOf(KeyId), await stateOf(KeyId, there)], ['Enabled', 'PendingImport']);
    await bringIn(KeyId, first, {}, there);
    const third = randomBytes(32);
    const thirdId = await bringIn(KeyId, third, { ImportType });
    await bringIn(KeyId, third, {}, there);
    await remove(KeyId, thirdId);
    for (const by of [kms, there]) assert.equal((await listed(KeyId, by)).length, 2, 'taken back everywhere');
    await kms.send(new Kms.UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: away }));
    await bringIn(KeyId, third, { ImportType }, there);
    await bringIn(KeyId, third);
    await rotate(KeyId, there);
    assert.equal((await metadata(KeyId))?.CurrentKeyMaterialId, thirdId);
  });
});
