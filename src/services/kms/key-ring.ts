// The local key ring: root key → domain key → data keys and sealed values. docs/design/blob-format.md has the bytes.

import { LRUCache } from 'lru-cache';
import type { RegistryRef } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { type DomainKey, type DomainKeys, openDomainKeys } from './domain-keys.ts';
import type { RootKeys } from './root/root-keys.ts';
import { underStandingRoot } from './root/standing.ts';
import { nonceBytes, openWith, saltBytes, sealWith, valueKey } from './sealing.ts';
import { findDomain, findDomainOf, insertDomain, type KeyDomainRow, type KeyTables } from './tables.ts';

export interface KeyRingOptions {
  readonly database: Database;
  readonly roots: RootKeys;
  readonly clock: Clock;
  readonly random: Random;
}

type Purpose = 'data-key' | 'value';

const formatVersion = 1;
/** Format version, key version. */
const prefixBytes = 5;
const dataKeyBytes = 32;
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
  const seal = (key: DomainKey, purpose: Purpose, name: string, plaintext: Uint8Array): Buffer => {
    const prefix = prefixOf(key.version);
    const salt = random.bytes(saltBytes);
    const context = contextOf(prefix, name);
    const sealed = sealWith(valueKey(key.bytes, purpose, salt), random.bytes(nonceBytes), context, plaintext);
    return Buffer.concat([prefix, salt, sealed]);
  };

  return {
    domainOf(registry, kmsKey) {
      if (kmsKey !== undefined) throw noKms(kmsKey);
      const name = `${registry.accountId} ${registry.region}`;
      const known = domains.get(name);
      if (known !== undefined) return known;
      return findOrMake(options, domainKeys, registry).then((domain) => {
        domains.set(name, domain);
        return domain;
      });
    },
    generateDataKey: (domain, context) =>
      then(keyOf(domain), (key) => {
        const plaintext = random.bytes(dataKeyBytes);
        return { plaintext, wrapped: seal(key, 'data-key', nameOf(domain, context), plaintext) };
      }),
    unwrapDataKey: (domain, context, wrapped) =>
      then(keyOf(domain), (key) => openUnder(key, 'data-key', nameOf(domain, context), wrapped)),
    seal: (domain, context, plaintext) =>
      then(keyOf(domain), (key) => seal(key, 'value', nameOf(domain, context), plaintext)),
    open: (domain, context, sealed) =>
      then(keyOf(domain), (key) => openUnder(key, 'value', nameOf(domain, context), sealed)),
  };
}

/** A known key is used at once: no promise stands in the way of a cached one. */
function then<Value, Result>(value: MaybePromise<Value>, use: (value: Value) => Result): MaybePromise<Result> {
  return value instanceof Promise ? value.then(use) : use(value);
}

function openUnder(key: DomainKey, purpose: Purpose, name: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
  if (bytes.length < prefixBytes + saltBytes) throw new Error('the sealed bytes are too short');
  const prefix = prefixOf(key.version);
  if (!bytes.subarray(0, prefixBytes).equals(prefix)) {
    const version = bytes.readUInt32BE(1);
    throw new Error(`the sealed bytes name format ${bytes[0]} and key version ${version}, which are not here`);
  }
  const salt = bytes.subarray(prefixBytes, prefixBytes + saltBytes);
  const rest = bytes.subarray(prefixBytes + saltBytes);
  return openWith(valueKey(key.bytes, purpose, salt), contextOf(prefix, name), rest);
}

function prefixOf(version: number): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix[0] = formatVersion;
  prefix.writeUInt32BE(version, 1);
  return prefix;
}

/** A domain id has one length and no line feed, so no two pairs give one name. */
function nameOf(domain: KeyDomainId, context: string): string {
  return `${domain}\n${context}`;
}

function contextOf(prefix: Buffer, name: string): Buffer {
  return Buffer.concat([prefix, Buffer.from(name)]);
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

function noKms(kmsKey: string): DomainError<'kms-unavailable'> {
  const message = `The KMS key '${kmsKey.slice(0, 256)}' cannot be used: this version of Sallyport has no KMS yet.`;
  return new DomainError('kms-unavailable', message, { kmsError: 'KMS.NotFoundException' });
}
