// A primary key that is to be deleted goes once its replicas are gone and its own window is over.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegion, type Region } from '#core/account.ts';
import { defaultKeyPolicy } from '../key-policies/key-policies.ts';
import { openTestKms, testRegistry } from '../testing/open-test-kms.ts';

const dayMs = 24 * 3600 * 1000;
const away = parseRegion('eu-west-1') as Region;

test('the last replica that is deleted begins the time of its primary', async () => {
  const { kms, clock, newKey, tables, close } = await openTestKms();
  const { keys, records, replicas } = kms.rooms;
  const key = await newKey({ id: keys.newId(true), isMultiRegion: true });
  const policy = defaultKeyPolicy(testRegistry.accountId);
  const replica = await replicas.replicate(key, { region: away, description: '', policy, tags: [] });
  await keys.change('ScheduleKeyDeletion', key, () => ({
    state: 'PendingReplicaDeletion',
    deletion_at_ms: null,
    deletion_window_days: 7,
  }));
  clock.advance(30 * dayMs);
  assert.deepEqual(await kms.upkeep.deletion.due(10), []);
  await keys.change('ScheduleKeyDeletion', replica, () => ({
    state: 'PendingDeletion',
    deletion_at_ms: clock.nowMs(),
    deletion_window_days: 7,
  }));
  const [row] = await kms.upkeep.deletion.due(10);
  assert.equal(row?.region, away);
  assert.ok(row !== undefined && (await kms.upkeep.deletion.execute(row)) !== undefined);
  const primary = await records.find(testRegistry.region, key.keyId);
  assert.equal(primary?.state, 'PendingDeletion');
  assert.equal(primary?.deletion?.atMs, clock.nowMs() + 7 * dayMs);
  clock.advance(7 * dayMs);
  const [last] = await kms.upkeep.deletion.due(10);
  assert.ok(last !== undefined && (await kms.upkeep.deletion.execute(last)) !== undefined);
  assert.deepEqual(await tables.selectFrom('kms_key_material').selectAll().execute(), []);
  await close();
});
