// Rotation: in time, once, by whichever process; what was encrypted before still opens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import { decrypt, encrypt, readHeader } from '../cryptography/ciphertext.ts';
import type { KmsKey } from '../keys/key.ts';
import { openTestKms, testRegistry } from '../testing/open-test-kms.ts';
import { dayMs } from './rotation.ts';

type TestKms = Awaited<ReturnType<typeof openTestKms>>;

async function open(context: { after(work: () => Promise<void>): void }): Promise<TestKms> {
  const opened = await openTestKms();
  context.after(() => opened.close());
  return opened;
}

async function again({ kms }: TestKms, { keyId }: KmsKey): Promise<KmsKey> {
  const key = await kms.rooms.records.find(testRegistry.region, keyId);
  assert.ok(key !== undefined);
  return key;
}

async function rotateAllDue({ kms }: TestKms): Promise<number> {
  const due = await kms.upkeep.rotation.due(100);
  for (const row of due) await kms.upkeep.rotation.rotateDue(row);
  return due.length;
}

test('a key rotates when its period is over, and old ciphertexts open as before', async (context) => {
  const opened = await open(context);
  const { kms, clock } = opened;
  const first = await opened.newKey({ rotationDays: 90 });
  const plaintext = Buffer.from('from before');
  const encrypted = (key: KmsKey) =>
    kms.rooms.materials.use(key, (material) => encrypt(key, material, plaintext, undefined, random));
  const old = await encrypted(first);
  clock.advance(90 * dayMs - 1);
  assert.equal(await rotateAllDue(opened), 0);
  clock.advance(1);
  assert.equal(await rotateAllDue(opened), 1);
  assert.equal(await rotateAllDue(opened), 0);
  const rotated = await again(opened, first);
  assert.equal(rotated.keyId, first.keyId);
  assert.notEqual(rotated.materialId, first.materialId);
  assert.deepEqual(rotated.rotation, { days: 90, atMs: clock.nowMs() + 90 * dayMs });
  const now = await encrypted(rotated);
  assert.equal(readHeader(now).materialId, rotated.materialId);
  const { materialId } = readHeader(old);
  const byOld = (ciphertext: Buffer) =>
    kms.rooms.materials.useOlder(
      rotated,
      materialId,
      (material) => decrypt(material, ciphertext, undefined),
      () => new Error('it is not there'),
    );
  assert.deepEqual(await byOld(old), plaintext);
  await assert.rejects(async () => byOld(now), { kind: 'kms-ciphertext-invalid' });
  const history = await kms.rooms.rotation.history(rotated);
  assert.deepEqual(
    history.map(({ materialId, rotation, state }) => [materialId, rotation?.kind, state]),
    [
      [rotated.materialId, 'AUTOMATIC', 'CURRENT'],
      [first.materialId, undefined, 'NON_CURRENT'],
    ],
  );
});

test('two processes that find the same key due rotate it once', async (context) => {
  const opened = await open(context);
  const other = opened.reopen();
  const key = await opened.newKey({ rotationDays: 90 });
  opened.clock.advance(90 * dayMs);
  const [row] = await opened.kms.upkeep.rotation.due(1);
  assert.ok(row !== undefined);
  const made = await Promise.all([opened.kms.upkeep.rotation.rotateDue(row), other.upkeep.rotation.rotateDue(row)]);
  assert.equal(made.filter((id) => id !== undefined).length, 1);
  assert.equal((await opened.kms.rooms.rotation.history(await again(opened, key))).length, 2);
});

test('a disabled key waits, and rotates once it is enabled', async (context) => {
  const opened = await open(context);
  const { keys } = opened.kms.rooms;
  const key = await opened.newKey({ rotationDays: 90 });
  await keys.change('DisableKey', key, () => ({ state: 'Disabled' }));
  opened.clock.advance(200 * dayMs);
  assert.equal(await rotateAllDue(opened), 0);
  await keys.change('EnableKey', key, () => ({ state: 'Enabled' }));
  assert.equal(await rotateAllDue(opened), 1);
});

test('on demand a key rotates 25 times and no more', async (context) => {
  const opened = await open(context);
  const { rotation } = opened.kms.rooms;
  const key = await opened.newKey();
  for (let count = 0; count < 25; count += 1) await rotation.rotateOnDemand(key);
  await assert.rejects(rotation.rotateOnDemand(key), { kind: 'kms-limit-exceeded' });
  const history = await rotation.history(await again(opened, key));
  assert.equal(history.filter((one) => one.rotation?.kind === 'ON_DEMAND').length, 25);
  assert.equal(new Set(history.map(({ materialId }) => materialId)).size, 26);
});
