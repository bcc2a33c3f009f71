// Makes the slot of a new repository: it shares the domain of the registry's other repositories under the same key.

import type { Clock } from '#core/clock.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { KeyUses } from '#core/ports/key-uses.ts';
import type { KeyChoice, SlotOwner } from '#core/ports/repository-keys.ts';
import type { Random } from '#core/random.ts';
import { overwriting } from '#std/overwriting.ts';
import type { Database } from '#stores/sql/database.ts';
import type { DomainKeys } from '../domain-keys.ts';
import { underStandingRoot } from '../root/standing.ts';
import { insertDomain, type KeyTables } from '../tables.ts';
import { openSlot, useOf } from './admission.ts';
import { newGuardedDomain } from './domain-kind.ts';
import { sealDomainKey } from './slot.ts';
import { insertSlot, listSlotsOf, type SlotTables } from './tables.ts';

export interface SlotMaking {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly uses: KeyUses;
  readonly domainKeys: DomainKeys;
}

export interface NewSlot {
  readonly slotId: string;
  readonly owner: SlotOwner;
  readonly type: KeyChoice['type'];
  readonly keyArn: string;
  /** Shares no domain that there is. */
  readonly isFresh: boolean;
  /** Ids of the grants that were made for it. */
  readonly grants: readonly string[];
}

/** How many other repositories are asked for the key of their domain before a new domain is begun. */
const slotsTriedMax = 8;
const domainKeyBytes = 32;

/** Answers the domain. Throws what KMS throws. */
export async function makeSlot(making: SlotMaking, slot: NewSlot): Promise<KeyDomainId> {
  const { database, clock, random, uses } = making;
  const { slotId, owner, type, keyArn } = slot;
  const { accountId, region } = owner.registry;
  const scope = { account_id: accountId, region, type, key_arn: keyArn };
  const shared = slot.isFresh ? undefined : await findShared(making, scope);
  const domain = shared ?? { id: newGuardedDomain(type, random), key: random.bytes(domainKeyBytes) };
  const names = { ...scope, slot_id: slotId, repository_arn: owner.arn, domain_id: domain.id };
  const sealed = await overwriting(domain.key, async () => {
    const { plaintext, ciphertext } = await uses.generateDataKey(useOf(names));
    return overwriting(plaintext, () => ({
      data_key: ciphertext,
      domain_key: sealDomainKey(names, plaintext, domain.key, random),
    }));
  });
  const row = { ...names, ...sealed, grant_ids: slot.grants.join(' '), created_at_ms: clock.nowMs() };
  if (shared === undefined && type === 'KMS_DSSE') await makeSecondKey(making, owner, domain.id);
  await database.transact<SlotTables, void>((transaction) => insertSlot(transaction, row));
  return domain.id;
}

/** The key of an existing domain, through a repository of it whose own grants still allow that. */
async function findShared(
  { database, uses }: SlotMaking,
  scope: Parameters<typeof listSlotsOf>[1],
): Promise<{ readonly id: KeyDomainId; readonly key: Buffer } | undefined> {
  for (const row of await listSlotsOf(database.tables<SlotTables>(), scope, slotsTriedMax)) {
    try {
      return { id: row.domain_id as KeyDomainId, key: await openSlot(uses, row) };
    } catch {
      // That repository cannot be opened: perhaps another one can, else this one begins a domain of its own.
    }
  }
  return undefined;
}

/** Under the root key: with it everything of the domain is encrypted once more. */
async function makeSecondKey(
  { database, domainKeys, clock }: SlotMaking,
  { registry }: SlotOwner,
  domain: KeyDomainId,
): Promise<void> {
  await underStandingRoot(() => {
    const row = { ...domainKeys.make(registry, domain), created_at_ms: clock.nowMs() };
    return database.transact<KeyTables, unknown>((transaction) => insertDomain(transaction, row));
  });
}
