// Scheduled deletion, executed once its time has come: material, aliases, tags and the key itself, in one transaction.

import { deleteAliasesOf } from '../aliases/tables.ts';
import { type DeletedKey, type ErasureCause, noteErasure } from '../erasure/erased-key.ts';
import { deleteImported } from '../material/imports/tables.ts';
import { deleteMaterialOf, overwriteMaterialOf } from '../material/tables.ts';
import { listRelated } from '../multi-region/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables, KmsTransaction } from '../store/tables.ts';
import { deleteKeyTagsOf } from '../tags/tables.ts';
import { deleteKeyUsage } from '../usage/tables.ts';
import { deleteDeletionRequest } from './deletion-requests/tables.ts';
import { deleteKeyRow, findKeyRow, type KeyRow, listKeysToDelete, updateKeyRow } from './tables.ts';

const dayMs = 24 * 3600 * 1000;

/**
 * Runs in the transaction that deletes the key, before anything of it goes. Whoever keeps something that the key can
 * open destroys it here: what is left behind would make the certificate untrue.
 */
export type OnDeletion = (key: DeletedKey, transaction: KmsTransaction) => Promise<void>;

export interface Deletion {
  onDeletion(hook: OnDeletion): void;
  /** Of all registries, the keys whose time has come. */
  due(limit: number): Promise<readonly KeyRow[]>;
  /** Undefined for a key whose deletion was cancelled meanwhile. */
  execute(row: KeyRow): Promise<DeletedKey | undefined>;
  /** The same for whatever key, as a part of a transaction. */
  destroy(transaction: KmsTransaction, row: KeyRow, cause: ErasureCause): Promise<DeletedKey>;
}

export function openDeletion(store: KmsStore): Deletion {
  const tables = store.database.tables<KmsTables>();
  const hooks: OnDeletion[] = [];
  const destroy: Deletion['destroy'] = async (transaction, row, cause) => {
    const deleted = await noteErasure(transaction, row, cause, store);
    for (const hook of hooks) await hook(deleted, transaction);
    await removeKey(transaction, row);
    return deleted;
  };
  return {
    destroy,
    onDeletion: (hook) => void hooks.push(hook),
    due: (limit) => listKeysToDelete(tables, store.clock.nowMs(), limit),
    execute: ({ region, key_id }) =>
      store.change(async (transaction) => {
        const row = await findKeyRow(transaction, region, key_id);
        const nowMs = store.clock.nowMs();
        const isDue = row?.state === 'PendingDeletion' && row.deletion_at_ms !== null && row.deletion_at_ms <= nowMs;
        if (!isDue) return undefined;
        const deleted = await destroy(transaction, row, 'ScheduleKeyDeletion');
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
async function removeKey(transaction: KmsTransaction, row: Pick<KeyRow, 'region' | 'key_id'>): Promise<void> {
  const { region, key_id } = row;
  await deleteAliasesOf(transaction, region, key_id);
  await deleteKeyTagsOf(transaction, region, key_id);
  await deleteKeyUsage(transaction, region, key_id);
  // Zeros first, in the place of the bytes; the files are cleared of what else is left of them afterwards.
  await overwriteMaterialOf(transaction, region, key_id);
  await deleteMaterialOf(transaction, region, key_id);
  await deleteImported(transaction, row);
  await deleteDeletionRequest(transaction, row);
  await deleteKeyRow(transaction, row);
}
