// Key policies as they lie in their rows: sealed with the registry's own key, never readable on the disk.

import type { AccountId, Region, RegistryRef } from '#core/account.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { KeyRow } from '../keys/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';

type Owner = Pick<KeyRow, 'key_id' | 'account_id' | 'region'>;

/** Outside transactions only: the registry's domain may have to be made. */
export async function sealKeyPolicy(store: KmsStore, owner: Owner, kept: string): Promise<Uint8Array> {
  return store.keyRing.seal(await domainOf(store, owner), contextOf(owner), Buffer.from(kept));
}

export async function openKeyPolicy(store: KmsStore, row: Owner & Pick<KeyRow, 'policy'>): Promise<string> {
  return (await store.keyRing.open(await domainOf(store, row), contextOf(row), row.policy)).toString('utf8');
}

async function domainOf(store: KmsStore, { account_id, region }: Owner): Promise<KeyDomainId> {
  const registry: RegistryRef = { accountId: account_id as AccountId, region: region as Region };
  return store.keyRing.domainOf(registry);
}

function contextOf({ key_id }: Owner): string {
  return `kms/key-policy/${key_id}`;
}
