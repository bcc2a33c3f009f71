// Key material as it is used: opened once, then kept for a few minutes, and made anew for new keys.

import { limits } from '#core/limits.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { KmsKey } from '../keys/key.ts';
import { assertRootStands } from '../root/standing.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables, KmsTransaction } from '../store/tables.ts';
import { findMaterial, insertMaterial, type MaterialRow } from './tables.ts';

export interface Material {
  readonly materialId: string;
  /** Of a symmetric key 32 bytes. Never stored, never logged. */
  readonly bytes: Buffer;
}

export interface Materials {
  /** What new things are made with. The key must have material. */
  current(key: KmsKey): MaybePromise<Material>;
  /** What older things were made with; undefined when the key has no such material. */
  find(key: KmsKey, materialId: string): MaybePromise<Material | undefined>;
  /** Drops what was opened too long ago. */
  sweep(): void;
}

interface Opened {
  readonly material: Material | undefined;
  readonly openedAtMs: number;
}

const openedMax = 10_000;
const materialIdBytes = 32;

export function openMaterials(store: KmsStore): Materials {
  const tables = store.database.tables<KmsTables>();
  const opened = new GuardedCache<Opened>(store.database, { entriesMax: openedMax });
  store.onChange(() => opened.clear());
  const isOld = ({ openedAtMs }: Opened): boolean => store.clock.nowMs() - openedAtMs >= limits.keyMaterialCacheMs;
  const find = (key: KmsKey, materialId: string): MaybePromise<Material | undefined> => {
    const name = `${key.region} ${key.keyId} ${materialId}`;
    const known = opened.get(name);
    if (known !== undefined && isOld(known)) opened.forget(name);
    const read = opened.read(name, async () => {
      const row = await findMaterial(tables, key.region, key.keyId, materialId);
      const material = row && { materialId, bytes: store.wrapping.unwrap(row) };
      return { material, openedAtMs: store.clock.nowMs() };
    });
    return goOn(read, ({ material }) => material);
  };
  return {
    find,
    current(key) {
      const found = find(key, key.materialId ?? '');
      return goOn(found, (material) => present(key, material));
    },
    sweep: () => opened.clear(),
  };
}

function present(key: KmsKey, material: Material | undefined): Material {
  if (material === undefined) throw new Error(`the material of ${key.arn} is not there`);
  return material;
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
