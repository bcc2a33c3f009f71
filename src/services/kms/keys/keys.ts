// Keys: made, listed and changed, each change in one transaction that looks at the key's state again.

import type { RegistryRef } from '#core/account.ts';
import { overwriting } from '#std/overwriting.ts';
import { type AliasRow, findAlias, insertAlias } from '../aliases/tables.ts';
import { sealKeyPolicy } from '../key-policies/sealed-key-policy.ts';
import { addMaterial } from '../material/materials.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables, KmsTransaction } from '../store/tables.ts';
import { putKeyTag } from '../tags/tables.ts';
import type { KmsKey } from './key.ts';
import { readKey } from './key-records.ts';
import { requireSpec } from './key-specs.ts';
import { type KeyOperationName, requireState } from './key-states.ts';
import { requireRow } from './require-row.ts';
import * as rows from './tables.ts';

const dayMs = 24 * 3600 * 1000;

export interface NewKey {
  readonly id: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly description: string;
  readonly isMultiRegion: boolean;
  readonly manager: 'CUSTOMER' | 'AWS';
  /** As it is kept. */
  readonly policy: string;
  readonly tags: KmsKey['tags'];
  /** Of AWS's own: where somebody has made the key of this alias meanwhile, that one is answered. */
  readonly alias?: string;
  /** From the start on; not at all when left out. */
  readonly rotationDays?: number;
}

type Change = Partial<Omit<rows.KeyRow, 'region' | 'key_id' | 'account_id'>>;

export interface Keys {
  newId(isMultiRegion: boolean): string;
  create(registry: RegistryRef, key: NewKey): Promise<KmsKey>;
  /** Ids in order, after one of them. */
  list(registry: RegistryRef, after: string, limit: number): Promise<readonly string[]>;
  /**
   * Changes a key's row if its state allows the operation still. `change` may do more in the transaction. Throws as
   * `requireState`, and kms-key-not-found for a key that is gone meanwhile.
   */
  change(
    operation: KeyOperationName,
    key: KmsKey,
    change: (row: rows.KeyRow, transaction: KmsTransaction) => Change | Promise<Change>,
  ): Promise<void>;
}

export function openKeys(store: KmsStore): Keys {
  return {
    newId: (isMultiRegion) => (isMultiRegion ? `mrk-${store.random.bytes(16).toString('hex')}` : store.random.uuid()),
    create: (registry, key) => createKey(store, registry, key),
    list: (registry, after, limit) => rows.listKeyIds(store.database.tables<KmsTables>(), registry, after, limit),
    change: (operation, key, change) =>
      store.change(async (transaction) => {
        const row = await requireRow(transaction, key);
        requireState(operation, { arn: key.arn, state: row.state as KmsKey['state'] });
        const changed = await change(row, transaction);
        if (Object.keys(changed).length > 0) await rows.updateKeyRow(transaction, row, changed);
      }),
  };
}

async function createKey(store: KmsStore, { accountId, region }: RegistryRef, key: NewKey): Promise<KmsKey> {
  const nowMs = store.clock.nowMs();
  const isExternal = key.origin === 'EXTERNAL';
  const identity = { key_id: key.id, region, account_id: accountId };
  const policy = await sealKeyPolicy(store, identity, key.policy);
  const row: rows.KeyRow = {
    ...identity,
    manager: key.manager,
    description: key.description,
    spec: key.spec,
    usage: key.usage,
    origin: key.origin,
    state: isExternal ? 'PendingImport' : 'Enabled',
    created_at_ms: nowMs,
    deletion_at_ms: null,
    deletion_window_days: null,
    primary_region: key.isMultiRegion ? region : null,
    material_id: null,
    rotation_days: key.rotationDays ?? null,
    rotation_at_ms: key.rotationDays === undefined ? null : nowMs + key.rotationDays * dayMs,
    policy,
  };
  const material = isExternal ? undefined : await requireSpec(key.spec).make(store.random);
  const change = async (transaction: KmsTransaction) => {
    const others = key.alias && (await findAlias(transaction, { accountId, region }, key.alias));
    if (others) return rowOf(transaction, others);
    await rows.insertKeyRow(transaction, row);
    if (key.alias !== undefined) {
      const times = { created_at_ms: nowMs, updated_at_ms: nowMs };
      await insertAlias(transaction, { ...identity, alias_name: key.alias, ...times });
    }
    for (const { key: tag_key, value: tag_value } of key.tags) {
      await putKeyTag(transaction, { key_id: key.id, region, tag_key, tag_value });
    }
    if (material === undefined) return row;
    const material_id = await addMaterial(store, transaction, { ...identity, sequence: 1, rotation: null }, material);
    await rows.updateKeyRow(transaction, row, { material_id });
    return { ...row, material_id };
  };
  const made = await overwriting(material, () => store.change(change));
  return readKey(store, store.database.tables<KmsTables>(), made);
}

async function rowOf(transaction: KmsTransaction, { region, key_id }: AliasRow): Promise<rows.KeyRow> {
  const row = await rows.findKeyRow(transaction, region, key_id);
  if (row === undefined) throw new Error(`the key ${key_id} of an alias is not there`);
  return row;
}
