// A key domain's row: its own random key, wrapped by the root key and bound to all that identifies the row.

import type { RegistryRef } from '#core/account.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { otherRootText, type RootKeys } from './root/root-keys.ts';
import type { WrappedRows } from './root/wrapped-rows.ts';
import { openRootWrapping, rootIdOf } from './root/wrapping.ts';
import { findAnyDomain, type KeyDomainRow, type KeyTables, listDomainsAfter, replaceWrappedKey } from './tables.ts';

export interface DomainKey {
  readonly version: number;
  /** 32 bytes. Never stored. */
  readonly bytes: Buffer;
}

export interface DomainKeys {
  /**
   * A row, without its time: for a registry's own key; or, with a domain, for the key that its values and blobs have
   * beside the customer's.
   */
  make(registry: RegistryRef, beside?: KeyDomainId): Omit<KeyDomainRow, 'created_at_ms'>;
  /** Throws a sentence for the operator when another root key wrapped it, and when the row was changed. */
  unwrap(row: KeyDomainRow): DomainKey;
}

const purpose = 'wrap-domain-keys';
const domainKeyBytes = 32;
export const domainIdBytes = 16;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

export function openDomainKeys(roots: RootKeys, random: Random): DomainKeys {
  const wrapping = openRootWrapping(roots, purpose, random);
  return {
    make(registry, beside) {
      const row = {
        domain_id: beside ?? domainIdOf(random.bytes(domainIdBytes)),
        account_id: registry.accountId,
        region: registry.region,
        // Unique in its registry, as each such domain has a key of its own.
        kms_key: beside ?? '',
        key_version: 1,
      };
      const key = random.bytes(domainKeyBytes);
      const wrapped_key = wrapping.wrap(contextOf(row), key);
      key.fill(0);
      return { ...row, wrapped_key };
    },
    unwrap(row) {
      requireRootKey(row, roots);
      return { version: row.key_version, bytes: wrapping.unwrap(contextOf(row), row.wrapped_key) };
    },
  };
}

/** Five bits of each of these bytes, as text. */
export function domainIdOf(bytes: Buffer): string {
  return Array.from(bytes, (byte) => alphabet.charAt(byte & 31)).join('');
}

/**
 * Looks whether the data belongs to this root key, so that a lost key file that was silently made anew is noticed
 * at the start. Throws a sentence for the operator.
 */
export async function assertRootKeyFits(database: Database, roots: RootKeys): Promise<void> {
  const row = await findAnyDomain(database.tables<KeyTables>());
  if (row !== undefined) requireRootKey(row, roots);
}

/** For the rotation of the root key. */
export const keyDomainRows: WrappedRows = {
  what: 'key domains',
  purpose,
  async after(database, id, limit) {
    const rows = await listDomainsAfter(database.tables<KeyTables>(), id, limit);
    return rows.map((row) => ({ id: row.domain_id, context: contextOf(row), wrapped: row.wrapped_key }));
  },
  replace: (database, changes) =>
    database.transact<KeyTables, void>(async (transaction) => {
      for (const { row, wrapped } of changes) await replaceWrappedKey(transaction, row.id, row.wrapped, wrapped);
    }),
};

function requireRootKey(row: KeyDomainRow, roots: RootKeys): void {
  const id = rootIdOf(row.wrapped_key);
  if (id === undefined) throw new Error(`the key of domain ${row.domain_id} has an unknown format`);
  if (roots.find(id) === undefined) throw new Error(otherRootText(id, roots));
}

/** Everything that identifies the row: a wrapped key in another row does not open. */
function contextOf(row: Omit<KeyDomainRow, 'wrapped_key' | 'created_at_ms'>): string {
  const { domain_id, account_id, region, kms_key, key_version } = row;
  return [domain_id, account_id, region, kms_key, key_version].join('\n');
}
