// The local key ring: root key → domain key → data keys and sealed values. docs/design/blob-format.md has the bytes.

import { LRUCache } from 'lru-cache';
import type { RegistryRef } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { type DomainKey, type DomainKeys, openDomainKeys } from './domain-keys.ts';
import { openDomainSealing } from './domain-sealing.ts';
import type { RootKeys } from './root/root-keys.ts';
import { underStandingRoot } from './root/standing.ts';
import { findDomain, findDomainOf, insertDomain, type KeyDomainRow, type KeyTables } from './tables.ts';

export interface KeyRingOptions {
  readonly database: Database;
  readonly roots: RootKeys;
  readonly clock: Clock;
  readonly random: Random;
}

const cachedDomainsMax = 10_000;

/**
 * Opened keys are forgotten when another process commits anything. The id of a registry's domain never changes and
 * is kept. Calls outside a transaction only: keys are read from the database.
 */
export function openKeyRing(options: KeyRingOptions): KeyRing {
  const { database, random } = options;
  const tables = database.tables<KeyTables>();
  const domainKeys = openDomainKeys(options.roots, random);
  const keys = new GuardedCache<DomainKey>(database, { entriesMax: cachedDomainsMax });
  const domains = new LRUCache<string, KeyDomainId>({ max: cachedDomainsMax });
  const keyOf = (domain: KeyDomainId): MaybePromise<DomainKey> =>
    keys.read(domain, async () => {
      const row = await findDomain(tables, domain);
      if (row === undefined) throw new Error(`there is no key domain ${domain}`);
      return domainKeys.unwrap(row);
    });
  return {
    ...openDomainSealing(keyOf, random),
    domainOf(registry) {
      const name = `${registry.accountId} ${registry.region}`;
      const known = domains.get(name);
      if (known !== undefined) return known;
      return findOrMake(options, domainKeys, registry).then((domain) => {
        domains.set(name, domain);
        return domain;
      });
    },
  };
}

async function findOrMake(options: KeyRingOptions, keys: DomainKeys, registry: RegistryRef): Promise<KeyDomainId> {
  const { database, clock } = options;
  const known = await findDomainOf(database.tables<KeyTables>(), registry.accountId, registry.region, '');
  if (known !== undefined) return known.domain_id as KeyDomainId;
  const standing = await underStandingRoot(() => {
    const row = { ...keys.make(registry), created_at_ms: clock.nowMs() };
    return database.transact<KeyTables, KeyDomainRow>((transaction) => insertDomain(transaction, row));
  });
  return standing.domain_id as KeyDomainId;
}
