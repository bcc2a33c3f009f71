// Rotation: a key gets new material and keeps its old, so that what was encrypted before still opens.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { overwriting } from '#std/overwriting.ts';
import type { KmsKey } from '../keys/key.ts';
import { requireSpec } from '../keys/key-specs.ts';
import { requireState } from '../keys/key-states.ts';
import { requireRow } from '../keys/require-row.ts';
import { type KeyRow, listKeysToRotate, updateKeyRow } from '../keys/tables.ts';
import { listReplicas } from '../multi-region/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables, KmsTransaction } from '../store/tables.ts';
import type { MaterialEntry } from './history.ts';
import { addMaterial, copyMaterial } from './materials.ts';
import { findMaterial, listMaterial, type MaterialRow } from './tables.ts';

type RotationKind = 'AUTOMATIC' | 'ON_DEMAND';

export interface Rotation {
  /** Throws kms-limit-exceeded after so many in a key's life; what `requireState` throws. */
  rotateOnDemand(key: KmsKey): Promise<void>;
  /** Every material that the key ever had and still has, the latest first. */
  history(key: KmsKey): Promise<readonly MaterialEntry[]>;
  /** Of all registries, the keys whose time has come. */
  due(limit: number): Promise<readonly KeyRow[]>;
  /** The id of the new material; undefined for a key that is not due after all. */
  rotateDue(row: KeyRow): Promise<string | undefined>;
}

export const dayMs = 24 * 3600 * 1000;

export function openRotation(store: KmsStore): Rotation {
  const tables = store.database.tables<KmsTables>();
  return {
    rotateOnDemand: (key) =>
      store.change(async (transaction) => {
        const row = await requireRow(transaction, key);
        requireState('RotateKeyOnDemand', { arn: key.arn, state: row.state as KmsKey['state'] });
        const known = await listMaterial(transaction, key.region, key.keyId);
        if (known.filter(({ rotation }) => rotation === 'ON_DEMAND').length >= limits.keyRotationsOnDemandMax) {
          const message = `The key has been rotated on demand ${limits.keyRotationsOnDemandMax} times.`;
          throw new DomainError('kms-limit-exceeded', message, {});
        }
        await rotate(store, transaction, row, 'ON_DEMAND', known);
      }),
    async history(key) {
      const known = await listMaterial(tables, key.region, key.keyId);
      return known.toReversed().map((row) => ({
        materialId: row.material_id,
        state: row.material_id === key.materialId ? 'CURRENT' : 'NON_CURRENT',
        ...(row.rotation !== null && { rotation: { kind: row.rotation as RotationKind, atMs: row.created_at_ms } }),
      }));
    },
    due: (limit) => listKeysToRotate(tables, store.clock.nowMs(), limit),
    rotateDue: (seen) =>
      store.change(async (transaction) => {
        const [row] = await listKeysToRotate(transaction, store.clock.nowMs(), 1, seen);
        if (row?.rotation_days === null || row === undefined) return undefined;
        const known = await listMaterial(transaction, row.region, row.key_id);
        const rotation_at_ms = store.clock.nowMs() + row.rotation_days * dayMs;
        await updateKeyRow(transaction, row, { rotation_at_ms });
        return rotate(store, transaction, row, 'AUTOMATIC', known);
      }),
  };
}

async function rotate(
  store: KmsStore,
  transaction: KmsTransaction,
  row: KeyRow,
  rotation: RotationKind,
  known: readonly MaterialRow[],
): Promise<string> {
  const { key_id, region, account_id } = row;
  const sequence = (known.at(-1)?.sequence ?? 0) + 1;
  const bytes = await requireSpec(row.spec).make(store.random);
  const material_id = await overwriting(bytes, () =>
    addMaterial(store, transaction, { key_id, region, account_id, sequence, rotation }, bytes),
  );
  await updateKeyRow(transaction, row, { material_id });
  const made = await findMaterial(transaction, region, key_id, material_id);
  if (made === undefined) throw new Error(`the new material of key ${key_id} is not there`);
  for (const replica of await listReplicas(transaction, row)) {
    await copyMaterial(store, transaction, made, replica.region);
    await updateKeyRow(transaction, replica, { material_id });
  }
  return material_id;
}

/** Symmetric keys only. Throws kms-unsupported. */
export function requireSymmetric(key: KmsKey, operation: string): void {
  if (key.spec === 'SYMMETRIC_DEFAULT') return;
  throw new DomainError('kms-unsupported', `${key.arn} key spec is ${key.spec}, not valid for ${operation}.`, {});
}

/** No replicas, and only keys whose material came so: of AWS's making if nothing else. Throws kms-unsupported. */
export function requireRotatable(key: KmsKey, operation: string, origins: readonly string[] = ['AWS_KMS']): void {
  requireSymmetric(key, operation);
  if (key.primaryRegion !== undefined && key.primaryRegion !== key.region) {
    throw new DomainError('kms-unsupported', `${key.arn} is a replica key, which rotates with its primary key.`, {});
  }
  if (!origins.includes(key.origin)) {
    const message = `${key.arn} origin is ${key.origin} which is not valid for this operation.`;
    throw new DomainError('kms-unsupported', message, {});
  }
}
