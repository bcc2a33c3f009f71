// A key domain's row: its own random key, wrapped by the root key and bound to all that identifies the row.

import type { RegistryRef } from '#core/account.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { deriveSecret, type RootKey } from './root/root-key.ts';
import { nonceBytes, openWith, sealWith } from './sealing.ts';
import { findAnyDomain, type KeyDomainRow, type KeyTables } from './tables.ts';

export interface DomainKey {
  readonly version: number;
  /** 32 bytes. Never stored. */
  readonly bytes: Buffer;
}

export interface DomainKeys {
  /** A row for a registry's own key, without its time. */
  make(registry: RegistryRef): Omit<KeyDomainRow, 'created_at_ms'>;
  /** Throws a sentence for the operator when another root key wrapped it, and when the row was changed. */
  unwrap(row: KeyDomainRow): DomainKey;
}

const formatVersion = 1;
const rootKeyIdBytes = 8;
const prefixBytes = 1 + rootKeyIdBytes;
const domainKeyBytes = 32;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

export function openDomainKeys(rootKey: RootKey, random: Random): DomainKeys {
  const wrapping = deriveSecret(rootKey, 'wrap-domain-keys');
  const prefix = Buffer.concat([Buffer.from([formatVersion]), Buffer.from(rootKey.id, 'hex')]);
  return {
    make(registry) {
      const row = {
        domain_id: Array.from(random.bytes(16), (byte) => alphabet.charAt(byte & 31)).join(''),
        account_id: registry.accountId,
        region: registry.region,
        kms_key: '',
        key_version: 1,
      };
      const key = random.bytes(domainKeyBytes);
      const wrapped = sealWith(wrapping, random.bytes(nonceBytes), contextOf(prefix, row), key);
      return { ...row, wrapped_key: Buffer.concat([prefix, wrapped]) };
    },
    unwrap(row) {
      requireRootKey(row, rootKey);
      const bytes = openWith(wrapping, contextOf(prefix, row), row.wrapped_key.subarray(prefixBytes));
      return { version: row.key_version, bytes };
    },
  };
}

/**
 * Looks whether the data belongs to this root key, so that a lost key file that was silently made anew is noticed
 * at the start. Throws a sentence for the operator.
 */
export async function assertRootKeyFits(database: Database, rootKey: RootKey): Promise<void> {
  const row = await findAnyDomain(database.tables<KeyTables>());
  if (row !== undefined) requireRootKey(row, rootKey);
}

function requireRootKey(row: KeyDomainRow, rootKey: RootKey): void {
  const wrapped = Buffer.from(row.wrapped_key);
  if (wrapped[0] !== formatVersion) throw new Error(`the key of domain ${row.domain_id} has an unknown format`);
  const id = wrapped.toString('hex', 1, prefixBytes);
  if (id === rootKey.id) return;
  throw new Error(
    `The data was encrypted under the root key ${id}, but the root key here is ${rootKey.id}: ` +
      'put the right key file back; without it nothing can be read.',
  );
}

/** Everything that identifies the row: a wrapped key in another row does not open. */
function contextOf(prefix: Buffer, row: Omit<KeyDomainRow, 'wrapped_key' | 'created_at_ms'>): Buffer {
  const { domain_id, account_id, region, kms_key, key_version } = row;
  const text = [domain_id, account_id, region, kms_key, key_version].join('\n');
  return Buffer.concat([prefix, Buffer.from(text)]);
}
