// Repositories under customers' keys: what is taken, when KMS is asked, what memory keeps, and what a slot is bound to.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { parseAccountId, parseRegion, type RegistryRef } from '#core/account.ts';
import type { Caller } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { KeySlot, RepositoryKeys } from '#core/ports/repository-keys.ts';
import { systemRandom } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { clearingMigration } from '../clearing/tables.ts';
import { openDomainKeys } from '../domain-keys.ts';
import { openKeyRing } from '../key-ring.ts';
import { holdRootKeys } from '../root/root-keys.ts';
import { kmsMigrations } from '../tables.ts';
import { type MemoryKeyUses, memoryKeyUses } from '../testing/memory-key-uses.ts';
import { guardOf } from './domain-kind.ts';
import { openGuardedRing } from './guarded-ring.ts';
import { openDomains } from './opened-domains.ts';
import { openRepositoryKeys } from './repository-keys.ts';
import { type SlotTables, slotMigration } from './tables.ts';

const random = systemRandom;
const one = 'arn:aws:kms:us-east-1:123456789012:key/one';
const two = 'arn:aws:kms:us-east-1:123456789012:key/two';
const cacheMs = 300_000;
const home = registryRef('123456789012');
const roots = holdRootKeys({ id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) });
// Only handed through.
const caller = { accountId: home.accountId } as Caller;

interface Process {
  readonly keys: RepositoryKeys;
  readonly ring: KeyRing;
}

let clock: ReturnType<typeof manualClock>;
let database: Database;
let uses: MemoryKeyUses;
let first: Process;
beforeEach(async () => {
  clock = manualClock(1_800_000_000_000);
  database = await openSqlite({ file: ':memory:', migrations: [...kmsMigrations, slotMigration, clearingMigration] });
  uses = memoryKeyUses(one, two);
  first = openProcess();
});
afterEach(() => database.close());

function openProcess(keptMs = cacheMs): Process {
  const platform = { database, clock, random };
  const opened = openDomains(clock);
  const own = openKeyRing({ ...platform, roots });
  const domainKeys = openDomainKeys(roots, random);
  return {
    keys: openRepositoryKeys({ ...platform, uses, opened, domainKeys, cacheMs: keptMs }),
    ring: openGuardedRing(own, opened, random),
  };
}

function registryRef(account: string): RegistryRef {
  const accountId = parseAccountId(account);
  const region = parseRegion('us-east-1');
  assert.ok(accountId !== undefined && region !== undefined);
  return { accountId, region };
}

function assign(name: string, kmsKey = one, type: 'KMS' | 'KMS_DSSE' = 'KMS', registry = home): Promise<KeySlot> {
  return first.keys.assign(
    { registry, arn: `arn:aws:ecr:us-east-1:${registry.accountId}:repository/${name}` },
    { type, kmsKey },
    caller,
  );
}

async function admit(slot: KeySlot, use: 'read' | 'write' = 'read', { keys } = first): Promise<void> {
  await keys.admit(slot.slotId, use);
}

async function refusesTo(work: () => unknown, kmsError: string): Promise<void> {
  await assert.rejects(
    async () => work(),
    (error: unknown) => {
      assert.ok(error instanceof DomainError && error.kind === 'kms-unavailable', String(error));
      assert.equal((error.details as { readonly kmsError: string }).kmsError, kmsError);
      return true;
    },
  );
}

async function change(slot: KeySlot, changes: Partial<SlotTables['kms_repository_key']>): Promise<void> {
  await database.transact<SlotTables, void>(async (transaction) => {
    await transaction.updateTable('kms_repository_key').set(changes).where('slot_id', '=', slot.slotId).execute();
  });
}

test('a repository takes two grants for itself alone, and its release retires them', async () => {
  const slot = await assign('app');
  assert.equal(slot.kmsKey, one);
  assert.equal(guardOf(slot.keyDomain), 'KMS');
  const subset = { 'aws:ecr:arn': 'arn:aws:ecr:us-east-1:123456789012:repository/app' };
  assert.deepEqual([...uses.grants.values()], Array(2).fill({ keyArn: one, caller, subset }));
  await first.keys.release(slot.slotId, caller);
  assert.equal(uses.grants.size, 0);
  await refusesTo(() => admit(slot), 'NotFoundException');
});

test('what ECR gives back by itself it gives back whole: a disk that fails is no answer of the key', async () => {
  const slot = await assign('app');
  const { retireOwnGrant } = uses;
  let broken = 2;
  uses.retireOwnGrant = async (use, grant) => {
    broken -= 1;
    if (broken >= 0) throw broken === 1 ? new DomainError('audit-unavailable', 'no disk', {}) : new Error('EIO');
    return retireOwnGrant(use, grant);
  };
  assert.equal(await first.keys.retire(slot.slotId), false);
  assert.equal(await first.keys.retire(slot.slotId), false);
  await admit(slot);
  assert.equal(await first.keys.retire(slot.slotId), true);
  assert.equal(uses.grants.size, 0);
  assert.equal(await first.keys.retire(slot.slotId), true, 'it is gone');
  const refused = await assign('other');
  uses.keys.get(one)?.refused.add('RetireGrant');
  assert.equal(await first.keys.retire(refused.slotId), true, 'its key has said no, for good');
});

test('a key that cannot be taken leaves no grants', async () => {
  uses.keys.get(one)?.refused.add('GenerateDataKey');
  await refusesTo(() => assign('app'), 'DisabledException');
  uses.keys.set('signing', { bytes: random.bytes(32), refused: new Set(), spec: 'ECC_NIST_P256' });
  await refusesTo(() => assign('app', 'signing'), 'InvalidKeyUsageException');
  uses.keys.set('off', { bytes: random.bytes(32), refused: new Set(), enabled: false });
  await refusesTo(() => assign('app', 'off'), 'DisabledException');
  await refusesTo(() => assign('app', 'none'), 'NotFoundException');
  assert.equal(uses.grants.size, 0);
  assert.deepEqual(await database.tables<SlotTables>().selectFrom('kms_repository_key').selectAll().execute(), []);
});

test('what is sealed opens in another process once its use was admitted, and not before', async () => {
  for (const type of ['KMS', 'KMS_DSSE'] as const) {
    const slot = await assign(type.toLowerCase(), one, type);
    await admit(slot, 'write');
    const sealed = await first.ring.seal(slot.keyDomain, 'name', Buffer.from('value'));
    const second = openProcess();
    await refusesTo(() => second.ring.open(slot.keyDomain, 'name', sealed), 'KeyUnavailableException');
    await admit(slot, 'read', second);
    assert.equal((await second.ring.open(slot.keyDomain, 'name', sealed)).toString(), 'value');
    await assert.rejects(async () => second.ring.open(slot.keyDomain, 'other name', sealed), /do not open/);
  }
});

test('KMS decrypts once in five minutes, and is asked whether it would before every use', async () => {
  const slot = await assign('app');
  uses.calls.length = 0;
  for (let use = 0; use < 5; use += 1) await admit(slot);
  assert.deepEqual(uses.calls, ['Decrypt']);
  assert.equal(first.keys.admit(slot.slotId, 'read'), undefined, 'at once');
  uses.keys.get(one)?.refused.add('Decrypt');
  await refusesTo(() => admit(slot), 'DisabledException');
  uses.keys.get(one)?.refused.clear();
  await admit(slot);
  assert.deepEqual(uses.calls, ['Decrypt', 'Decrypt'], 'a key that was disabled is not kept open');
  clock.advance(cacheMs);
  await admit(slot);
  assert.equal(uses.calls.length, 3);
});

test('a clock that jumps neither keeps a key open nor closes it early', async () => {
  const slot = await assign('app');
  await admit(slot);
  uses.calls.length = 0;
  const { nowMs } = clock;
  for (const jumpMs of [-3_600_000, 3_600_000]) {
    Object.assign(clock, { nowMs: () => nowMs() + jumpMs });
    await admit(slot);
  }
  assert.deepEqual(uses.calls, []);
  Object.assign(clock, { nowMs: () => nowMs() - 2 * cacheMs });
  clock.advance(cacheMs);
  await admit(slot);
  assert.deepEqual(uses.calls, ['Decrypt']);
});

test('writing needs GenerateDataKey too', async () => {
  const slot = await assign('app');
  uses.keys.get(one)?.refused.add('GenerateDataKey');
  await admit(slot);
  await refusesTo(() => admit(slot, 'write'), 'DisabledException');
  uses.keys.get(one)?.refused.clear();
  await admit(slot, 'write');
  assert.equal(first.keys.admit(slot.slotId, 'write'), undefined, 'at once');
  uses.keys.get(one)?.refused.add('GenerateDataKey');
  await refusesTo(() => admit(slot, 'write'), 'DisabledException');
});

test('with no cache every use is a call of KMS, and the key is there for the use', async () => {
  const slot = await assign('app');
  const process = openProcess(0);
  uses.calls.length = 0;
  for (let use = 0; use < 3; use += 1) await admit(slot, 'read', process);
  assert.deepEqual(uses.calls, ['Decrypt', 'Decrypt', 'Decrypt']);
  await process.ring.seal(slot.keyDomain, 'name', Buffer.from('value'));
});

test('repositories of one registry, type and key share a domain, and nothing else does', async () => {
  const other = registryRef('123456789013');
  const slots = [
    await assign('a'),
    await assign('b'),
    await assign('c', two),
    await assign('d', one, 'KMS_DSSE'),
    await assign('e', one, 'KMS_DSSE'),
    await assign('f', one, 'KMS', other),
  ];
  const domains = slots.map(({ keyDomain }) => keyDomain);
  assert.equal(domains[0], domains[1]);
  assert.equal(domains[3], domains[4]);
  assert.equal(new Set(domains).size, 4);
  assert.equal(guardOf(domains[3] as KeyDomainId), 'KMS_DSSE');
});

test('a domain of which no repository can be opened any more is left to itself', async () => {
  const [slot, key] = [await assign('a'), uses.keys.get(one)];
  key?.refused.add('Decrypt');
  const next = await assign('b');
  key?.refused.clear();
  assert.notEqual(next.keyDomain, slot.keyDomain);
  for (const each of [slot, next]) await admit(each);
});

test('a slot that was changed, or put in the place of another, does not open', async () => {
  const [slot, other] = [await assign('a'), await assign('b', two)];
  const rows = await database.tables<SlotTables>().selectFrom('kms_repository_key').selectAll().execute();
  const row = rows.find(({ slot_id }) => slot_id === slot.slotId);
  const otherRow = rows.find(({ slot_id }) => slot_id === other.slotId);
  assert.ok(row !== undefined && otherRow !== undefined);
  const flipped = Buffer.from(row.domain_key);
  flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1;
  const changes: ReadonlyArray<Partial<typeof row>> = [
    { domain_key: flipped },
    { domain_id: otherRow.domain_id },
    { repository_arn: otherRow.repository_arn },
    { data_key: otherRow.data_key, domain_key: otherRow.domain_key },
    { type: 'KMS_DSSE' },
  ];
  for (const changed of changes) {
    await change(slot, changed);
    await assert.rejects(admit(slot, 'read', openProcess()), /do not open/, Object.keys(changed).join());
    await change(slot, row);
  }
  await admit(slot, 'read', openProcess());
});
