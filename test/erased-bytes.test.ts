// What was wrapped and is destroyed without a deleted key leaves every file too: expired or deleted material, slots of
// repositories, and what a replaced root key had wrapped.

import assert from 'node:assert/strict';
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { systemClock } from '../src/core/clock.ts';
import { systemRandom } from '../src/core/random.ts';
import { clearDestroyed } from '../src/services/kms/clearing/clearing.ts';
import { openFileRoot, openKeys } from '../src/site/keys/open-keys.ts';
import { rootKeyAtHost } from '../src/site/root-key-at-host.ts';
import { openSiteDatabase } from '../src/site/stores.ts';
import { configOf, filesWith, newImage, newKey, wrappedPieces } from './support/deleted-key.ts';
import { type House, openHouse } from './support/house.ts';

const platform = { clock: systemClock, random: systemRandom };

async function start(context: TestContext): Promise<House> {
  const house = await openHouse();
  context.after(() => house.dispose());
  return house;
}

/** As another process of the site does it, beside the one that serves. */
async function clear(dataFolder: string): Promise<boolean> {
  const keys = await openKeys(dataFolder, platform.random, openFileRoot);
  const { database } = await openSiteDatabase(dataFolder, platform, keys);
  try {
    return await clearDestroyed({ database, ...platform });
  } finally {
    await database.close();
  }
}

async function importInto({ kms }: House['administrator'], KeyId: string): Promise<void> {
  const parameters = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
  const given = await kms.send(new Kms.GetParametersForImportCommand({ KeyId, ...parameters }));
  const key = createPublicKey({ key: Buffer.from(given.PublicKey ?? []), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const EncryptedKeyMaterial = publicEncrypt({ key, padding, oaepHash: 'sha256' }, randomBytes(32));
  const ImportToken = given.ImportToken ?? new Uint8Array();
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const;
  await kms.send(new Kms.ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel }));
}

test('imported material that its owner deleted', { timeout: 60_000 }, async (context) => {
  const house = await start(context);
  const { kms } = house.administrator;
  const { KeyMetadata } = await kms.send(new Kms.CreateKeyCommand({ Origin: 'EXTERNAL' }));
  const KeyId = KeyMetadata?.Arn ?? '';
  await importInto(house.administrator, KeyId);
  const pieces = wrappedPieces(house.dataFolder, KeyId);
  assert.equal(pieces.length, 3);
  await kms.send(new Kms.DeleteImportedKeyMaterialCommand({ KeyId }));
  assert.deepEqual(await filesWith(house.dataFolder, pieces), ['sallyport.db-wal'], 'in frames of the log');
  assert.equal(await clear(house.dataFolder), true);
  assert.deepEqual(await filesWith(house.dataFolder, pieces), []);
});

test('the slot of a deleted repository, and not that of another one', { timeout: 60_000 }, async (context) => {
  const house = await start(context);
  const { ecr } = house.administrator;
  const key = await newKey(house.administrator);
  await newImage(house.administrator, 'going', key);
  const pieces = wrappedPieces(house.dataFolder, key).slice(3);
  await newImage(house.administrator, 'staying', key);
  await ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName: 'going', force: true }));
  assert.deepEqual([pieces.length, await filesWith(house.dataFolder, pieces)], [6, ['sallyport.db-wal']]);
  assert.equal(await clear(house.dataFolder), true);
  assert.deepEqual(await filesWith(house.dataFolder, pieces), []);
  const imageIds = [{ imageTag: 'v1' }];
  const { images } = await ecr.send(new Ecr.BatchGetImageCommand({ repositoryName: 'staying', imageIds }));
  assert.equal(images?.length, 1);
});

test('a reader of an older state keeps it, for as long as it reads', { timeout: 60_000 }, async (context) => {
  const house = await start(context);
  const key = await newKey(house.administrator);
  await newImage(house.administrator, 'going', key);
  const pieces = wrappedPieces(house.dataFolder, key).slice(3);
  const reader = new DatabaseSync(join(house.dataFolder, 'sallyport.db'), { readOnly: true });
  reader.exec('begin');
  reader.prepare('select count(*) from repository').get();
  await house.administrator.ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName: 'going', force: true }));
  assert.equal(await clear(house.dataFolder), false);
  assert.notDeepEqual(await filesWith(house.dataFolder, pieces), []);
  reader.close();
  assert.equal(await clear(house.dataFolder), true);
  assert.deepEqual(await filesWith(house.dataFolder, pieces), []);
});

test('what a root key had wrapped that was replaced', { timeout: 60_000 }, async (context) => {
  const house = await start(context);
  const key = await newKey(house.administrator);
  await newImage(house.administrator, 'app', key, 'KMS_DSSE');
  await house.stop();
  const keys = await openKeys(house.dataFolder, platform.random, openFileRoot);
  const named = [Buffer.concat([Buffer.of(1), Buffer.from(keys.roots.current().id, 'hex')])];
  assert.deepEqual(await filesWith(house.dataFolder, named), ['sallyport.db']);
  const atHost = rootKeyAtHost({ platform, log: () => undefined, openRoot: () => openFileRoot, environment: {} });
  const how = { provider: 'file', shares: 3, threshold: 2 } as const;
  await (await atHost.rotateRootKey(configOf(house.dataFolder), how)).commit();
  assert.deepEqual(await filesWith(house.dataFolder, named), [], 'no wrapped key names the old root');
});
