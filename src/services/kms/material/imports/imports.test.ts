// Imported material ends when its time has come, whether anybody removed it or not, and tokens end after a day.

import assert from 'node:assert/strict';
import { createPublicKey, publicEncrypt } from 'node:crypto';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import type { KmsKey } from '../../keys/key.ts';
import { openTestKms, testRegistry } from '../../testing/open-test-kms.ts';

const dayMs = 24 * 3600 * 1000;

async function openHouse() {
  const house = await openTestKms();
  const { imports, records } = house.kms.rooms;
  const key = await house.newKey({ origin: 'EXTERNAL' });
  const now = async () => (await records.find(testRegistry.region, key.keyId)) as KmsKey;
  const parameters = () => imports.parametersFor(key, 'RSAES_OAEP_SHA_256', 'RSA_2048');
  async function given(material: Buffer, validToMs: number | null, known?: Awaited<ReturnType<typeof parameters>>) {
    const { token, publicKey } = known ?? (await parameters());
    const wrappingKey = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
    const encrypted = publicEncrypt({ key: wrappingKey, padding: 4, oaepHash: 'sha256' }, material);
    return { token, encrypted, validToMs };
  }
  return { ...house, imports, key, now, parameters, given };
}

test('expired material counts no more, is removed, and may be imported again', async () => {
  const { imports, key, now, given, clock, tables, close } = await openHouse();
  const material = random.bytes(32);
  const materialId = await imports.bringIn(key, await given(material, clock.nowMs() + dayMs));
  assert.equal((await now()).state, 'Enabled');
  assert.deepEqual(await imports.due(10), []);
  clock.advance(dayMs);
  assert.equal((await now()).state, 'PendingImport', 'the clock decides, before anybody tidies up');
  assert.equal((await now()).materialId, undefined);
  const [row] = await imports.due(10);
  assert.ok(row !== undefined);
  assert.equal(await imports.expire(row), materialId);
  assert.equal(await imports.expire(row), undefined);
  assert.deepEqual(await tables.selectFrom('kms_key_material').selectAll().execute(), []);
  assert.equal((await now()).state, 'PendingImport');
  assert.equal(await imports.bringIn(key, await given(material, null)), materialId);
  assert.equal((await now()).state, 'Enabled');
  await close();
});

test('material that got a later date meanwhile stays', async () => {
  const { imports, key, now, given, clock, close } = await openHouse();
  const material = random.bytes(32);
  await imports.bringIn(key, await given(material, clock.nowMs() + dayMs));
  clock.advance(dayMs);
  const [row] = await imports.due(10);
  await imports.bringIn(await now(), await given(material, clock.nowMs() + dayMs));
  assert.ok(row !== undefined);
  assert.equal(await imports.expire(row), undefined);
  assert.equal((await now()).state, 'Enabled');
  await close();
});

test('a key that waits to be deleted goes on waiting without its material', async () => {
  const { imports, key, now, given, kms, clock, close } = await openHouse();
  await imports.bringIn(key, await given(random.bytes(32), clock.nowMs() + dayMs));
  await kms.rooms.keys.change('ScheduleKeyDeletion', await now(), () => ({
    state: 'PendingDeletion',
    deletion_at_ms: clock.nowMs() + 7 * dayMs,
    deletion_window_days: 7,
  }));
  clock.advance(dayMs);
  const [row] = await imports.due(10);
  assert.ok(row !== undefined);
  await imports.expire(row);
  assert.equal((await now()).state, 'PendingDeletion');
  assert.equal((await now()).materialId, undefined);
  await close();
});

test('a token is good for a day, and the key that is deleted leaves no trace of what was imported', async () => {
  const { imports, key, given, kms, clock, now, tables, close } = await openHouse();
  const early = await given(random.bytes(32), null);
  clock.advance(dayMs);
  await assert.rejects(imports.bringIn(key, early), { kind: 'kms-import-token-expired' });
  await imports.bringIn(key, await given(random.bytes(32), null));
  await kms.rooms.keys.change('ScheduleKeyDeletion', await now(), () => ({
    state: 'PendingDeletion',
    deletion_at_ms: clock.nowMs(),
    deletion_window_days: 7,
  }));
  const [row] = await kms.upkeep.deletion.due(10);
  assert.ok(row !== undefined);
  await kms.upkeep.deletion.execute(row);
  assert.deepEqual(await tables.selectFrom('kms_imported_material').selectAll().execute(), []);
  await close();
});

test('what was replaced ends too, and takes the key with it until it is brought back', async () => {
  const { imports, now, given, key, clock, close } = await openHouse();
  const [first, second] = [random.bytes(32), random.bytes(32)];
  const firstId = await imports.bringIn(key, await given(first, clock.nowMs() + dayMs));
  const secondId = await imports.bringIn(key, { ...(await given(second, null)), type: 'NEW_KEY_MATERIAL' });
  await imports.rotate(await now());
  assert.equal((await now()).materialId, secondId);
  clock.advance(dayMs);
  assert.equal((await now()).state, 'PendingImport', 'the clock decides, before anybody tidies up');
  const [row] = await imports.due(10);
  assert.ok(row !== undefined);
  assert.equal(await imports.expire(row), firstId);
  const shown = (await imports.history(await now())).map((one) => [one.materialId, one.imported?.isThere]);
  assert.deepEqual(shown, [
    [secondId, true],
    [firstId, false],
  ]);
  await imports.bringIn(await now(), await given(first, null));
  assert.equal((await now()).state, 'Enabled');
  assert.equal((await now()).materialId, secondId);
  await close();
});

test('what ends while it waits for its rotation is forgotten, and the key goes on', async () => {
  const { imports, now, given, key, clock, close } = await openHouse();
  const firstId = await imports.bringIn(key, await given(random.bytes(32), null));
  const waiting = await given(random.bytes(32), clock.nowMs() + dayMs);
  const waitingId = await imports.bringIn(key, { ...waiting, type: 'NEW_KEY_MATERIAL' });
  clock.advance(dayMs);
  assert.equal((await now()).state, 'Enabled');
  await assert.rejects(imports.rotate(await now()), { kind: 'kms-key-state-invalid' });
  const [row] = await imports.due(10);
  assert.ok(row !== undefined);
  assert.equal(await imports.expire(row), waitingId);
  assert.deepEqual(
    (await imports.history(await now())).map(({ materialId, state }) => [materialId, state]),
    [[firstId, 'CURRENT']],
  );
  await close();
});

test('of two that bring in different first materials at once one wins, and the other is told', async () => {
  const { imports, key, given, now, close } = await openHouse();
  const both = [await given(random.bytes(32), null), await given(random.bytes(32), null)];
  const made = await Promise.allSettled(both.map((one) => imports.bringIn(key, one)));
  assert.deepEqual(made.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  assert.equal((await imports.history(await now())).length, 1);
  await close();
});

test('a key takes 25 further materials into use and no more', async () => {
  const { imports, key, now, close, given, parameters } = await openHouse();
  const known = await parameters();
  const more = async () => {
    const material = await given(random.bytes(32), null, known);
    await imports.bringIn(await now(), { ...material, type: 'NEW_KEY_MATERIAL' });
  };
  await imports.bringIn(key, await given(random.bytes(32), null, known));
  for (let count = 0; count < 25; count += 1) {
    await more();
    await imports.rotate(await now());
  }
  await more();
  await assert.rejects(imports.rotate(await now()), { kind: 'kms-limit-exceeded' });
  await close();
});
