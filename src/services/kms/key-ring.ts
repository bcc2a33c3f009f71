// The local key ring: root key → domain key → data keys and sealed values. docs/design/blob-format.md has the bytes.

import { LRUCache } from 'lru-cache';
import type { RegistryRef } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { deriveSecret, type RootKey } from './root-key.ts';
import { nonceBytes, openWith, sealWith, valueKey } from './sealing.ts';
import { findDomain, findDomainOf, insertDomain, type KeyDomainRow, type KeyTables } from './tables.ts';

export interface KeyRingOptions {
  readonly database: Database;
  readonly rootKey: RootKey;
  readonly clock: Clock;
  readonly random: Random;
}

const formatVersion = 1;
const saltBytes = 32;
/** Format version, key version. */
const prefixBytes = 5;
const cachedDomainsMax = 10_000;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

interface DomainKey {
  readonly version: number;
  readonly bytes: Buffer;
}

/** A domain's row never changes once it is there, so its key may stay in the cache for as long as there is room. */
export function openKeyRing(options: KeyRingOptions): KeyRing {
  const { database, random } = options;
  const tables = database.tables<KeyTables>();
  const wrapping = deriveSecret(options.rootKey, 'wrap-domain-keys');
  const keys = new LRUCache<string, DomainKey>({ max: cachedDomainsMax });
  const domains = new LRUCache<string, KeyDomainId>({ max: cachedDomainsMax });

  const loadKey = async (domain: KeyDomainId): Promise<DomainKey> => {
    const row = await findDomain(tables, domain);
    if (row === undefined) throw new Error(`there is no key domain ${domain}`);
    const bytes = openWith(wrapping, rowContext(row), row.wrapped_key);
    const key = { version: row.key_version, bytes };
    keys.set(domain, key);
    return key;
  };
  const withKey = <Result>(domain: KeyDomainId, use: (key: DomainKey) => Result): MaybePromise<Result> => {
    const known = keys.get(domain);
    return known === undefined ? loadKey(domain).then(use) : use(known);
  };
  const sealUnder = (key: DomainKey, purpose: string, context: Buffer, plaintext: Uint8Array) => {
    const salt = random.bytes(saltBytes);
    const sealed = sealWith(valueKey(key.bytes, purpose, salt), random.bytes(nonceBytes), context, plaintext);
    return Buffer.concat([prefixOf(key.version), salt, sealed]);
  };

  return {
    domainOf(registry, kmsKey) {
      if (kmsKey !== undefined) throw noKms(kmsKey);
      const name = `${registry.accountId} ${registry.region}`;
      return (
        domains.get(name) ??
        findOrMake(options, wrapping, registry).then((domain) => {
          domains.set(name, domain);
          return domain;
        })
      );
    },
    generateDataKey: (domain, context) =>
      withKey(domain, (key) => {
        const plaintext = random.bytes(32);
        return { plaintext, wrapped: sealUnder(key, 'data-key', contextOf(domain, context), plaintext) };
      }),
    unwrapDataKey: (domain, context, wrapped) =>
      withKey(domain, (key) => openUnder(key, 'data-key', contextOf(domain, context), wrapped)),
    seal: (domain, context, plaintext) =>
      withKey(domain, (key) => sealUnder(key, 'value', contextOf(domain, context), plaintext)),
    open: (domain, context, sealed) =>
      withKey(domain, (key) => openUnder(key, 'value', contextOf(domain, context), sealed)),
  };
}

function openUnder(key: DomainKey, purpose: string, context: Buffer, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
  if (bytes.length < prefixBytes + saltBytes) throw new Error('the sealed bytes are too short');
  const version = bytes.readUInt32BE(1);
  if (bytes[0] !== formatVersion || version !== key.version) {
    throw new Error(`the sealed bytes name format ${bytes[0]} and key version ${version}, which are not here`);
  }
  const salt = bytes.subarray(prefixBytes, prefixBytes + saltBytes);
  return openWith(valueKey(key.bytes, purpose, salt), context, bytes.subarray(prefixBytes + saltBytes));
}

function prefixOf(version: number): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix[0] = formatVersion;
  prefix.writeUInt32BE(version, 1);
  return prefix;
}

function contextOf(domain: KeyDomainId, context: string): Buffer {
  return Buffer.from(`${domain}\n${context}`);
}

/** Everything that identifies the row: a wrapped key in another row does not open. */
function rowContext(row: Omit<KeyDomainRow, 'wrapped_key' | 'created_at_ms'>): Buffer {
  const { domain_id, account_id, region, kms_key, key_version } = row;
  return Buffer.from([domain_id, account_id, region, kms_key, key_version].join('\n'));
}

async function findOrMake(options: KeyRingOptions, wrapping: Buffer, registry: RegistryRef): Promise<KeyDomainId> {
  const { database, clock, random } = options;
  const known = await findDomainOf(database.tables<KeyTables>(), registry.accountId, registry.region, '');
  if (known !== undefined) return known.domain_id as KeyDomainId;
  const named = {
    domain_id: Array.from(random.bytes(16), (byte) => alphabet.charAt(byte & 31)).join(''),
    account_id: registry.accountId,
    region: registry.region,
    kms_key: '',
    key_version: 1,
  };
  const wrapped = sealWith(wrapping, random.bytes(nonceBytes), rowContext(named), random.bytes(32));
  const row = { ...named, wrapped_key: wrapped, created_at_ms: clock.nowMs() };
  const standing = await database.transact<KeyTables, KeyDomainRow>((transaction) => insertDomain(transaction, row));
  return standing.domain_id as KeyDomainId;
}

function noKms(kmsKey: string): DomainError<'kms-unavailable'> {
  const message = `The KMS key '${kmsKey.slice(0, 256)}' cannot be used: this version of Sallyport has no KMS yet.`;
  return new DomainError('kms-unavailable', message, { kmsError: 'NotFoundException' });
}
