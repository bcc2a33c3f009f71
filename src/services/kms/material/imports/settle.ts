// Whether a key has all the material that it needs, looked at again whenever some of it came or went.

import { askClearing } from '../../clearing/tables.ts';
import { isPendingDeletion } from '../../keys/key-states.ts';
import { type KeyRow, updateKeyRow } from '../../keys/tables.ts';
import { listReplicas } from '../../multi-region/tables.ts';
import type { KmsQueries, KmsTransaction } from '../../store/tables.ts';
import { eraseMaterial, listMaterial } from '../tables.ts';
import { forgetPending, type ImportedRow, listImported } from './tables.ts';

type Owner = Pick<KeyRow, 'key_id' | 'region'>;

/** Ids of the material that is there and has not expired. */
export async function presentIds(
  tables: KmsQueries,
  { key_id, region }: Owner,
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const rows = await listMaterial(tables, region, key_id);
  const present = rows.filter(({ valid_to_ms }) => valid_to_ms === null || valid_to_ms > nowMs);
  return new Set(present.map(({ material_id }) => material_id));
}

/** What the key goes with for good, the current one last. */
export function inUse(imported: readonly ImportedRow[]): readonly ImportedRow[] {
  return imported.filter(({ is_pending }) => is_pending === 0);
}

/**
 * A key works while every material that it ever used is there: what is missing makes it wait for an import, also where
 * it was disabled. A key that waits to be deleted goes on waiting for that.
 */
export async function settle(transaction: KmsTransaction, row: KeyRow, nowMs: number): Promise<void> {
  const needed = inUse(await listImported(transaction, row));
  const present = await presentIds(transaction, row, nowMs);
  const current = needed.at(-1)?.material_id;
  const isWhole = current !== undefined && needed.every(({ material_id }) => present.has(material_id));
  await updateKeyRow(transaction, row, {
    material_id: isWhole ? current : null,
    state: isPendingDeletion(row.state) ? row.state : stateOf(row, isWhole),
  });
}

function stateOf({ state }: KeyRow, isWhole: boolean): string {
  if (!isWhole) return 'PendingImport';
  return state === 'PendingImport' ? 'Enabled' : state;
}

/**
 * Takes a material's bytes away. What was not in use yet is forgotten with them, and where it was imported into a
 * primary, its replicas lose it too. False where the bytes were not there.
 */
export async function dropMaterial(
  transaction: KmsTransaction,
  row: KeyRow,
  materialId: string,
  nowMs: number,
): Promise<boolean> {
  const wasThere = await eraseMaterial(transaction, row.region, row.key_id, materialId);
  const imported = (await listImported(transaction, row)).find(({ material_id }) => material_id === materialId);
  if (imported?.is_pending === 1 && !isReplica(row)) {
    for (const { region } of await listReplicas(transaction, row)) {
      await eraseMaterial(transaction, region, row.key_id, materialId);
    }
    await forgetPending(transaction, imported);
  }
  await askClearing(transaction);
  await settle(transaction, row, nowMs);
  return wasThere;
}

export function isReplica({ region, primary_region }: Pick<KeyRow, 'region' | 'primary_region'>): boolean {
  return primary_region !== null && primary_region !== region;
}
