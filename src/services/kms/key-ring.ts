// The local key ring: root key → domain key → data keys and sealed values. docs/design/blob-format.md has the bytes.

import { LRUCache } from 'lru-cache';
import type { RegistryRef } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { type DomainKey, type DomainKeys, openDomainKeys } from './domain-keys.ts';
import { openDomainSealing, type UseDomainKey } from './domain-sealing.ts';
import type { RootKeys } from './root/root-keys.ts';
import { underStandingRoot } from './root/standing.ts';
import { SecretCache } from './secrets/secret-cache.ts';
import { findDomain, findDomainOf, insertDomain, type KeyDomainRow, type KeyTables } from './tables.ts';

export interface KeyRingOptions {
  readonly database: Database;
  readonly roots: RootKeys;
  readonly clock: Clock;
  readonly random: Random;
  /** How long an opened key is kept; `limits.keyCacheMs` when left out, 0: not at all. */
  readonly cacheMs?: number;
}

export interface OwnKeyRing extends KeyRing {
  /** Overwrites every key that it has opened. */
  close(): Promise<void>;
}

const cachedDomainsMax = 10_000;

/**
 * Opened keys are forgotten after a while, and when another process commits anything. The id of a registry's domain
 * never changes and is kept: what is done inside a transaction has asked for it before.
 */
export function openKeyRing(options: KeyRingOptions): OwnKeyRing {
  const { database, clock, random, cacheMs: keptMs = limits.keyCacheMs } = options;
  const tables = database.tables<KeyTables>();
  const domainKeys = openDomainKeys(options.roots, random);
  const keys = new SecretCache<DomainKey>({ database, clock, keptMs, entriesMax: cachedDomainsMax });
  const domains = new LRUCache<string, KeyDomainId>({ max: cachedDomainsMax });
  const load = async (domain: KeyDomainId): Promise<DomainKey> => {
    const row = await findDomain(database.here<KeyTables>() ?? tables, domain);
    if (row === undefined) throw new Error(`there is no key domain ${domain}`);
    return domainKeys.unwrap(row);
  };
  const useKey: UseDomainKey = (domain, work) => keys.use(domain, () => load(domain), work);
  return {
    ...openDomainSealing(useKey, random),
    close: () => keys.close(),
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
