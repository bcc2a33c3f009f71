// Verification of slots: what opens, what cannot be used and why, and what was changed; only the last is damage.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { collectFindings } from '#core/findings.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { systemRandom as random } from '#core/random.ts';
import { encrypt } from '../cryptography/ciphertext.ts';
import type { KmsKey } from '../keys/key.ts';
import { openTestKms, testRegistry } from '../testing/open-test-kms.ts';
import { newGuardedDomain } from './domain-kind.ts';
import { openDomains } from './opened-domains.ts';
import { sealDomainKey, slotContext } from './slot.ts';
import { insertSlot, type SlotRow } from './tables.ts';
import { openDomainVerification } from './verification.ts';

let opened: Awaited<ReturnType<typeof openTestKms>>;
let key: KmsKey;
let slot: SlotRow;
const domainKey = Buffer.alloc(32, 9);
beforeEach(async () => {
  opened = await openTestKms();
  key = await opened.newKey();
  slot = await newSlot();
  await insertSlot(opened.tables, slot);
});
afterEach(() => opened.close());

async function newSlot(): Promise<SlotRow> {
  const { accountId: account_id, region } = testRegistry;
  const names = {
    ...{ slot_id: random.uuid(), account_id, region, type: 'KMS', key_arn: key.arn },
    repository_arn: `arn:aws:ecr:${region}:${account_id}:repository/app`,
    domain_id: newGuardedDomain('KMS', random),
  };
  const dataKey = random.bytes(32);
  return {
    ...names,
    data_key: await opened.kms.rooms.materials.use(key, (material) =>
      encrypt(key, material, dataKey, slotContext(names), random),
    ),
    domain_key: sealDomainKey(names, dataKey, domainKey, random),
    ...{ grant_ids: '', created_at_ms: 0 },
  };
}

async function verified() {
  const domains = openDomains(opened.clock);
  const verification = openDomainVerification(opened.database, opened.roots, domains);
  const findings = collectFindings();
  await verification.verifySlots(findings);
  const domain = slot.domain_id as KeyDomainId;
  const locked = await verification.lockedBecause(domain);
  return { ...findings.report(), locked, bytes: domains.has(domain) ? domains.keyOf(domain).bytes : undefined };
}

test('a slot whose key may be used opens its domain', async () => {
  const { good, notes, counts, locked, bytes } = await verified();
  assert.deepEqual([good, notes, counts, locked], [true, [], { 'repository keys': 1 }, undefined]);
  assert.deepEqual(bytes, domainKey);
});

test('also after its key was rotated', async () => {
  await opened.kms.rooms.rotation.rotateOnDemand(key);
  assert.deepEqual((await verified()).bytes, domainKey);
});

test('a key that its owner switched off is respected, and noted', async () => {
  await opened.kms.rooms.keys.change('DisableKey', key, () => ({ state: 'Disabled' }));
  const { good, notes, locked, bytes } = await verified();
  assert.deepEqual([good, locked, bytes], [true, `${key.arn} is Disabled`, undefined]);
  assert.deepEqual(notes, [`the key of ${slot.repository_arn} cannot be used: ${key.arn} is Disabled`]);
});

test('a domain without a slot cannot be opened, and one of a registry needs none', async () => {
  await opened.tables.deleteFrom('kms_repository_key').execute();
  const { good, locked } = await verified();
  assert.deepEqual([good, locked], [true, 'no repository has its key any more']);
  const { lockedBecause } = openDomainVerification(opened.database, opened.roots, openDomains(opened.clock));
  assert.equal(await lockedBecause('abcdefghijklmnop' as KeyDomainId), undefined);
});

test('a flipped bit in either sealed key is damage, and never opens', async () => {
  for (const column of ['data_key', 'domain_key'] as const) {
    for (const at of [0, 20, 60, -1]) {
      const bytes = Buffer.from(slot[column]);
      const index = at < 0 ? bytes.length - 1 : at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      await opened.tables
        .updateTable('kms_repository_key')
        .set({ [column]: bytes })
        .execute();
      const { good, damage, locked, bytes: open } = await verified();
      assert.deepEqual([good, open], [false, undefined], `${column} ${index}`);
      assert.equal(damage[0]?.subject, `the key of ${slot.repository_arn}`);
      assert.equal(locked, `a key of ${key.arn} is damaged`);
      await opened.tables
        .updateTable('kms_repository_key')
        .set({ [column]: slot[column] })
        .execute();
    }
  }
});
