// Key material as it is used: opened once, then kept for a few minutes, and made anew for new keys.

import type { MaybePromise } from '#core/operation.ts';
import type { KmsKey } from '../keys/key.ts';
import { assertRootStands } from '../root/standing.ts';
import { SecretCache } from '../secrets/secret-cache.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables, KmsTransaction } from '../store/tables.ts';
import { findMaterial, insertMaterial, type MaterialRow } from './tables.ts';

export interface Material {
  readonly materialId: string;
  /** Of a symmetric key 32 bytes. Never stored, never logged, overwritten once it is forgotten. */
  readonly bytes: Buffer;
}

/** Whoever is handed material has it until the work's end, that of its promise if it has one. */
export interface Materials {
  /** What new things are made with. The key must have material. */
  use<Result>(key: KmsKey, work: (material: Material) => MaybePromise<Result>): MaybePromise<Result>;
  /** What older things were made with. Throws what `missing` makes when the key has no such material. */
  useOlder<Result>(
    key: KmsKey,
    materialId: string,
    work: (material: Material) => MaybePromise<Result>,
    missing: () => Error,
  ): MaybePromise<Result>;
  /** Overwrites all that was opened. */
  close(): Promise<void>;
}

const openedMax = 10_000;
const materialIdBytes = 32;

/** `keptMs` is how long opened material is kept. */
export function openMaterials(store: KmsStore, keptMs: number): Materials {
  const { database, clock, wrapping } = store;
  const tables = database.tables<KmsTables>();
  const opened = new SecretCache<Material>({ database, clock, keptMs, entriesMax: openedMax });
  store.onChange(() => opened.clear());
  const useOlder: Materials['useOlder'] = (key, materialId, work, missing) => {
    const load = async (): Promise<Material> => {
      const row = await findMaterial(database.here<KmsTables>() ?? tables, key.region, key.keyId, materialId);
      if (row === undefined) throw missing();
      return { materialId, bytes: wrapping.unwrap(row) };
    };
    return opened.use(`${key.region} ${key.keyId} ${materialId}`, load, work);
  };
  return {
    useOlder,
    use: (key, work) =>
      useOlder(key, key.materialId ?? '', work, () => new Error(`the material of ${key.arn} is not there`)),
    close: () => opened.close(),
  };
}

/** The same material for a replica of its key, in its own row. */
export async function copyMaterial(
  store: KmsStore,
  transaction: KmsTransaction,
  row: MaterialRow,
  region: string,
): Promise<void> {
  const bytes = store.wrapping.unwrap(row);
  const wrapped = store.wrapping.wrap({ ...row, region }, bytes);
  bytes.fill(0);
  await assertRootStands(transaction, wrapped);
  await insertMaterial(transaction, { ...row, region, wrapped });
}

/** Material of a key that is made, rotated or given it; answers its id, a fresh one if none is given. */
export async function addMaterial(
  store: KmsStore,
  transaction: KmsTransaction,
  row: Pick<MaterialRow, 'key_id' | 'region' | 'account_id' | 'sequence' | 'rotation'> &
    Partial<Pick<MaterialRow, 'material_id' | 'valid_to_ms'>>,
  bytes: Uint8Array,
): Promise<string> {
  const { material_id = store.random.bytes(materialIdBytes).toString('hex'), valid_to_ms = null, ...rest } = row;
  const identity = { ...rest, material_id };
  const wrapped = store.wrapping.wrap(identity, bytes);
  await assertRootStands(transaction, wrapped);
  await insertMaterial(transaction, { ...identity, created_at_ms: store.clock.nowMs(), valid_to_ms, wrapped });
  return identity.material_id;
}
