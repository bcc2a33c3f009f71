// Scheduled deletion, executed once its time has come: material, aliases, tags and the key itself, in one transaction.

import { deleteAliasesOf } from '../aliases/tables.ts';
import { deleteImported } from '../material/imports/tables.ts';
import { deleteMaterialOf, listMaterial, overwriteMaterialOf } from '../material/tables.ts';
import { listRelated } from '../multi-region/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables, KmsTransaction } from '../store/tables.ts';
import { deleteKeyTagsOf } from '../tags/tables.ts';
import { deleteKeyUsage } from '../usage/tables.ts';
import { deleteKeyRow, findKeyRow, type KeyRow, listKeysToDelete, updateKeyRow } from './tables.ts';

const dayMs = 24 * 3600 * 1000;

/** A key that is gone, for whoever has to tell of it. */
export interface DeletedKey {
  readonly keyId: string;
  readonly region: string;
  readonly accountId: string;
  readonly materialIds: readonly string[];
  readonly deletedAtMs: number;
}

/** Runs in the transaction that deletes the key, before anything of it goes: grants, key domains, certificates. */
export type OnDeletion = (key: DeletedKey, transaction: KmsTransaction) => Promise<void>;

export interface Deletion {
  onDeletion(hook: OnDeletion): void;
  /** Of all registries, the keys whose time has come. */
  due(limit: number): Promise<readonly KeyRow[]>;
  /** Undefined for a key whose deletion was cancelled meanwhile. */
  execute(row: KeyRow): Promise<DeletedKey | undefined>;
}

export function openDeletion(store: KmsStore): Deletion {
  const tables = store.database.tables<KmsTables>();
  const hooks: OnDeletion[] = [];
  return {
    onDeletion: (hook) => void hooks.push(hook),
    due: (limit) => listKeysToDelete(tables, store.clock.nowMs(), limit),
    execute: ({ region, key_id }) =>
      store.change(async (transaction) => {
        const row = await findKeyRow(transaction, region, key_id);
        const nowMs = store.clock.nowMs();
        const isDue = row?.state === 'PendingDeletion' && row.deletion_at_ms !== null && row.deletion_at_ms <= nowMs;
        if (!isDue) return undefined;
        const materialIds = (await listMaterial(transaction, region, key_id)).map(({ material_id }) => material_id);
        const { account_id: accountId } = row;
        const deleted = { keyId: key_id, region, accountId, materialIds, deletedAtMs: nowMs };
        for (const hook of hooks) await hook(deleted, transaction);
        await removeKey(transaction, row);
        await beginPrimary(transaction, row, nowMs);
        return deleted;
      }),
  };
}

/** With its last replica gone, the time of a primary that is to be deleted begins. */
async function beginPrimary(transaction: KmsTransaction, { key_id }: KeyRow, nowMs: number): Promise<void> {
  const [primary, ...others] = await listRelated(transaction, key_id);
  if (primary?.state !== 'PendingReplicaDeletion' || others.length > 0) return;
  const deletion_at_ms = nowMs + (primary.deletion_window_days ?? 0) * dayMs;
  await updateKeyRow(transaction, primary, { state: 'PendingDeletion', deletion_at_ms });
}

/** Everything of a key in KMS's own tables. */
export async function removeKey(transaction: KmsTransaction, row: Pick<KeyRow, 'region' | 'key_id'>): Promise<void> {
  const { region, key_id } = row;
  await deleteAliasesOf(transaction, region, key_id);
  await deleteKeyTagsOf(transaction, region, key_id);
  await deleteKeyUsage(transaction, region, key_id);
  // The bytes first: what is deleted only leaves a free page behind.
  await overwriteMaterialOf(transaction, region, key_id);
  await deleteMaterialOf(transaction, region, key_id);
  await deleteImported(transaction, row);
  await deleteKeyRow(transaction, row);
}
