// Scheduled deletion when its time comes: nothing of the key is left, and nothing happens to one that was saved.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestKms, testRegistry } from '../testing/open-test-kms.ts';
import type { KmsKey } from './key.ts';

type TestKms = Awaited<ReturnType<typeof openTestKms>>;

const dayMs = 24 * 3600 * 1000;

async function schedule({ kms, clock }: TestKms, key: KmsKey): Promise<void> {
  const change = { deletion_at_ms: clock.nowMs() + 7 * dayMs, deletion_window_days: 7 };
  await kms.rooms.keys.change('ScheduleKeyDeletion', key, () => ({ state: 'PendingDeletion', ...change }));
}

async function executeAllDue({ kms }: TestKms) {
  const due = await kms.upkeep.deletion.due(100);
  return Promise.all(due.map((row) => kms.upkeep.deletion.execute(row)));
}

test('a key is deleted with all it has, and only when its time has come', async (context) => {
  const opened = await openTestKms();
  context.after(() => opened.close());
  const { kms, tables, clock } = opened;
  const key = await opened.newKey({ tags: [{ key: 'team', value: 'blue' }] });
  const staying = await opened.newKey();
  await kms.rooms.aliases.create(testRegistry, 'alias/going', key);
  await kms.rooms.rotation.rotateOnDemand(key);
  kms.rooms.usage.note(key, 'Encrypt', 'request');
  await kms.rooms.usage.last(key);
  await schedule(opened, key);
  clock.advance(7 * dayMs - 1);
  assert.deepEqual(await executeAllDue(opened), []);
  clock.advance(1);
  const seen: string[] = [];
  kms.upkeep.deletion.onDeletion(async ({ keyId, materialIds }, transaction) => {
    const rows = await transaction.selectFrom('kms_key_material').select('material_id').execute();
    seen.push(`${keyId} ${materialIds.length} of ${rows.length}`);
  });
  const [deleted] = await executeAllDue(opened);
  assert.equal(deleted?.keyId, key.keyId);
  assert.equal(deleted?.materialIds.length, 2);
  assert.deepEqual(seen, [`${key.keyId} 2 of 3`], 'a hook runs before anything is gone');
  assert.equal(await kms.rooms.records.find(key.region, key.keyId), undefined);
  assert.equal(await kms.rooms.records.keyIdOf(testRegistry, 'alias/going'), undefined);
  for (const table of ['kms_key', 'kms_key_material', 'kms_alias', 'kms_key_tag', 'kms_key_usage'] as const) {
    const rows = await tables.selectFrom(table).selectAll().where('key_id', '=', key.keyId).execute();
    assert.deepEqual(rows, [], table);
  }
  assert.ok((await kms.rooms.records.find(staying.region, staying.keyId)) !== undefined);
});

test('what a closed account had is removed in steps, and nothing of another account', async (context) => {
  const opened = await openTestKms();
  context.after(() => opened.close());
  const { kms, tables } = opened;
  const other = { ...testRegistry, accountId: '999988887777' as typeof testRegistry.accountId };
  for (let count = 0; count < 51; count += 1) await opened.newKey();
  const form = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', description: '' };
  const more = { isMultiRegion: false, manager: 'CUSTOMER', policy: '{}', tags: [] } as const;
  const theirs = await kms.rooms.keys.create(other, { id: kms.rooms.keys.newId(false), ...form, ...more });
  assert.deepEqual(await kms.removeSome(testRegistry.accountId), { removed: 50, isMore: true });
  assert.deepEqual(await kms.removeSome(testRegistry.accountId), { removed: 1, isMore: false });
  const left = await tables.selectFrom('kms_key_material').select('key_id').execute();
  assert.deepEqual(
    left.map(({ key_id }) => key_id),
    [theirs.keyId],
  );
});

test('a deletion that is cancelled between looking and doing does not happen', async (context) => {
  const opened = await openTestKms();
  context.after(() => opened.close());
  const { kms, clock } = opened;
  const key = await opened.newKey();
  await schedule(opened, key);
  clock.advance(7 * dayMs);
  const [row] = await kms.upkeep.deletion.due(1);
  assert.ok(row !== undefined);
  const cancelled = { state: 'Disabled', deletion_at_ms: null, deletion_window_days: null };
  await kms.rooms.keys.change('CancelKeyDeletion', key, () => cancelled);
  assert.equal(await kms.upkeep.deletion.execute(row), undefined);
  assert.ok((await kms.rooms.records.find(key.region, key.keyId)) !== undefined);
});

test('a clock that jumps ahead and back deletes nothing whose time has not come', async (context) => {
  const opened = await openTestKms();
  context.after(() => opened.close());
  const { kms, clock } = opened;
  const [going, saved] = [await opened.newKey(), await opened.newKey()];
  for (const key of [going, saved]) await schedule(opened, key);
  const found = (key: KmsKey) => kms.rooms.records.find(key.region, key.keyId);
  const dateMs = (await found(going))?.deletion?.atMs;
  clock.advance(8 * dayMs);
  const seen = await kms.upkeep.deletion.due(10);
  assert.equal(seen.length, 2);
  clock.advance(-8 * dayMs);
  for (const row of seen) assert.equal(await kms.upkeep.deletion.execute(row), undefined);
  clock.advance(-365 * dayMs);
  assert.deepEqual(await executeAllDue(opened), []);
  assert.deepEqual([(await found(going))?.state, (await found(going))?.deletion?.atMs], ['PendingDeletion', dateMs]);
  const cancelled = { state: 'Disabled', deletion_at_ms: null, deletion_window_days: null };
  await kms.rooms.keys.change('CancelKeyDeletion', saved, () => cancelled);
  clock.advance(365 * dayMs + 7 * dayMs);
  assert.deepEqual(
    (await executeAllDue(opened)).map((deleted) => deleted?.keyId),
    [going.keyId],
  );
  clock.advance(-30 * dayMs);
  assert.equal(await found(going), undefined, 'what is gone does not come back with the clock');
  assert.equal((await found(saved))?.state, 'Disabled');
});

test('a hook that fails leaves the key as it was', async (context) => {
  const opened = await openTestKms();
  context.after(() => opened.close());
  const key = await opened.newKey();
  await schedule(opened, key);
  opened.clock.advance(7 * dayMs);
  opened.kms.upkeep.deletion.onDeletion(async () => {
    throw new Error('not now');
  });
  await assert.rejects(executeAllDue(opened), /not now/);
  const found = await opened.kms.rooms.records.find(key.region, key.keyId);
  assert.equal(found?.state, 'PendingDeletion');
  assert.equal(await opened.kms.rooms.materials.use(found, ({ bytes }) => bytes.length), 32);
});

test('the wrapped bytes are in no page of the database file any more', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'key-deletion-'));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'keys.sqlite');
  const opened = await openTestKms({ file });
  const key = await opened.newKey();
  const rows = await opened.tables.selectFrom('kms_key_material').select('wrapped').execute();
  const [{ wrapped } = { wrapped: new Uint8Array(1) }] = rows;
  await opened.newKey();
  await schedule(opened, key);
  opened.clock.advance(7 * dayMs);
  assert.equal((await executeAllDue(opened)).length, 1);
  await opened.close();
  // Closing has written the log into the file and removed it.
  assert.equal((await readFile(file)).indexOf(wrapped), -1);
});
