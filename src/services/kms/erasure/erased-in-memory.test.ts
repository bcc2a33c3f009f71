// Opened keys leave the memory of every process when what opened them is destroyed, and their bytes are overwritten.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises'; // a timer of the code overwrites what is old
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { systemRandom as random } from '#core/random.ts';
import { nextTurn } from '#std/next-turn.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { openDomains } from '../repository-keys/opened-domains.ts';
import type { SlotTables } from '../repository-keys/tables.ts';
import { keyMigrations } from '../store/tables.ts';
import { kmsMigrations } from '../tables.ts';
import { openTestKms, testRegistry } from '../testing/open-test-kms.ts';
import { openErasedInMemory } from './erased-in-memory.ts';

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

async function untilZero(bytes: Uint8Array): Promise<void> {
  // A timer of the code overwrites it, a second later: nothing tells when it has.
  for (let looks = 0; !isZero(bytes) && looks < 500; looks += 1) await sleep(20);
  assert.ok(isZero(bytes));
}

/** Two processes of one site, each with the key's material and two domains open. */
async function openTwo() {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-erased-'));
  const file = join(folder, 'a.db');
  const one = await openTestKms({ file });
  const database = await openSqlite({ file, migrations: [...kmsMigrations, ...keyMigrations] });
  const [going, staying] = [await one.newKey(), await one.newKey()];
  for (const [domain_id, key] of [
    ['8going', going],
    ['8staying', staying],
  ] as const) {
    const { accountId: account_id, region } = testRegistry;
    const names = { slot_id: domain_id, repository_arn: `arn:${domain_id}`, account_id, region, type: 'KMS' };
    const bytes = { data_key: random.bytes(100), domain_key: random.bytes(60) };
    await one.database.transact<SlotTables, void>(async (transaction) => {
      const row = { ...names, ...bytes, key_arn: key.arn, domain_id, grant_ids: '', created_at_ms: 1 };
      await transaction.insertInto('kms_repository_key').values(row).execute();
    });
  }
  const processes = [
    { database: one.database, kms: one.kms },
    { database, kms: one.reopen(database) },
  ].map(({ database: over, kms }) => {
    const openedDomains = openDomains(one.clock);
    const domains = new Map<string, Buffer>();
    for (const domain of ['8going', '8staying']) {
      const bytes = random.bytes(32);
      openedDomains.put(domain as KeyDomainId, bytes, 600_000);
      domains.set(domain, bytes);
    }
    const erased = openErasedInMemory({ database: over, openedDomains });
    return { kms, erased, domains, openedDomains };
  });
  return {
    one,
    going,
    staying,
    processes,
    dispose: async () => {
      await database.close();
      await one.close();
      await rm(folder, { recursive: true });
    },
  };
}

test('a key that is deleted by one process leaves the memory of both', async (context) => {
  const { one, going, staying, processes, dispose } = await openTwo();
  context.after(dispose);
  const held: Buffer[] = [];
  for (const { kms, erased } of processes) {
    await erased.follow();
    held.push(await kms.rooms.materials.use(going, ({ bytes }) => bytes));
  }
  assert.ok(held.every((bytes) => !isZero(bytes)));
  const [first, second] = processes;
  const change = { deletion_at_ms: one.clock.nowMs(), deletion_window_days: 7 };
  await one.kms.rooms.keys.change('ScheduleKeyDeletion', going, () => ({ state: 'PendingDeletion', ...change }));
  first?.kms.onErased(() => first.erased.follow());
  const [row] = await one.kms.upkeep.deletion.due(1);
  assert.ok(row !== undefined);
  await one.kms.upkeep.deletion.execute(row);
  assert.ok(isZero(first?.domains.get('8going') ?? Buffer.of(1)), 'with the commit');
  // Another process is in another turn of its event loop.
  await nextTurn();
  await second?.erased.follow();
  for (const [index, { domains, openedDomains }] of processes.entries()) {
    assert.ok(isZero(domains.get('8going') ?? Buffer.of(1)));
    assert.ok(!openedDomains.has('8going' as KeyDomainId));
    assert.ok(!isZero(domains.get('8staying') ?? Buffer.of(0)), 'what another key opened stays');
    await untilZero(held[index] ?? Buffer.alloc(0));
  }
  assert.equal(await second?.kms.rooms.materials.use(staying, ({ bytes }) => bytes.length), 32);
});
