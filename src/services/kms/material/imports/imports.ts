// Imported material: parameters for bringing it in, taking it into use, taking it away, and its end by the clock.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { overwriting } from '#std/overwriting.ts';
import { newPrivateKey } from '../../cryptography/asymmetric/new-private-key.ts';
import type { KmsKey } from '../../keys/key.ts';
import { type KeyState, requireState } from '../../keys/key-states.ts';
import { requireRow } from '../../keys/require-row.ts';
import type { KeyRow } from '../../keys/tables.ts';
import { listRelated, listReplicas } from '../../multi-region/tables.ts';
import type { KmsStore } from '../../store/kms-store.ts';
import type { KmsQueries, KmsTables, KmsTransaction } from '../../store/tables.ts';
import type { MaterialEntry } from '../history.ts';
import { listMaterial } from '../tables.ts';
import { bringIn, type GivenMaterial } from './bring-in.ts';
import { sealImportToken } from './import-token.ts';
import { dropMaterial, inUse, presentIds, settle } from './settle.ts';
import { listExpired, listImported, takeIntoUse } from './tables.ts';

export interface ImportParameters {
  readonly token: Buffer;
  /** SPKI, DER. */
  readonly publicKey: Buffer;
  readonly validToMs: number;
}

export interface Imports {
  parametersFor(key: KmsKey, wrappingAlgorithm: string, wrappingKeySpec: string): Promise<ImportParameters>;
  /**
   * The material's id. Throws kms-import-token-invalid, kms-import-token-expired, kms-ciphertext-invalid,
   * kms-key-material-incorrect, kms-unsupported, and what `requireState` throws.
   */
  bringIn(key: KmsKey, given: GivenMaterial): Promise<string>;
  /**
   * Takes the material away that has this id, or the current one: the id of what was there, if any. Throws
   * kms-key-not-found for an id that the key does not know.
   */
  remove(key: KmsKey, materialId?: string): Promise<string | undefined>;
  /** Takes what was imported last into use. Throws kms-key-state-invalid where nothing waits, kms-limit-exceeded. */
  rotate(key: KmsKey): Promise<void>;
  /** Everything that the key goes with, there or not, the latest first. */
  history(key: KmsKey): Promise<readonly MaterialEntry[]>;
  /** Of all registries, the keys whose material has expired. */
  due(limit: number): Promise<readonly KeyRow[]>;
  /** The id of the material; undefined for a key that got a later date meanwhile. */
  expire(row: KeyRow): Promise<string | undefined>;
}

export function openImports(store: KmsStore): Imports {
  const tables = store.database.tables<KmsTables>();
  const nowMs = () => store.clock.nowMs();
  return {
    async parametersFor(key, wrappingAlgorithm, wrappingKeySpec) {
      const privateKey = await newPrivateKey(wrappingKeySpec);
      const pair = createPublicKey(createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }));
      const validToMs = nowMs() + limits.importTokenLifeMs;
      const token = await overwriting(privateKey, () =>
        sealImportToken(store.keyRing, key, { wrappingAlgorithm, validToMs, privateKey }),
      );
      return { token, publicKey: pair.export({ type: 'spki', format: 'der' }), validToMs };
    },
    bringIn: (key, given) => bringIn(store, key, given),
    remove: (key, materialId) =>
      store.change(async (transaction) => {
        const row = await requireRow(transaction, key);
        requireState('DeleteImportedKeyMaterial', { arn: key.arn, state: row.state as KeyState });
        const imported = await listImported(transaction, row);
        const meant = materialId ?? inUse(imported).at(-1)?.material_id;
        if (materialId !== undefined && !imported.some(({ material_id }) => material_id === materialId)) {
          throw new DomainError('kms-key-not-found', `Key material ${materialId} is not found.`, {});
        }
        const isGone = meant !== undefined && (await dropMaterial(transaction, row, meant, nowMs()));
        return isGone ? meant : undefined;
      }),
    rotate: (key) => store.change((transaction) => rotate(transaction, key, nowMs())),
    history: (key) => history(tables, key, nowMs()),
    due: (limit) => listExpired(tables, nowMs(), limit),
    expire: (seen) =>
      store.change(async (transaction) => {
        const [expired] = await listExpired(transaction, nowMs(), 1, seen);
        if (expired === undefined) return undefined;
        const { expired_id, ...row } = expired;
        await dropMaterial(transaction, row, expired_id, nowMs());
        return expired_id;
      }),
  };
}

async function rotate(transaction: KmsTransaction, key: KmsKey, nowMs: number): Promise<void> {
  const row = await requireRow(transaction, key);
  requireState('RotateKeyOnDemand', { arn: key.arn, state: row.state as KeyState });
  const imported = await listImported(transaction, row);
  if (inUse(imported).length > limits.keyRotationsOnDemandMax) {
    const message = `The key has been rotated on demand ${limits.keyRotationsOnDemandMax} times.`;
    throw new DomainError('kms-limit-exceeded', message, {});
  }
  const pending = imported.find(({ is_pending }) => is_pending === 1);
  const all = [row, ...(await listReplicas(transaction, row))];
  for (const one of all) {
    if (pending !== undefined && (await presentIds(transaction, one, nowMs)).has(pending.material_id)) continue;
    const message = `${key.arn} has no key material that is pending rotation in the region ${one.region}.`;
    throw new DomainError('kms-key-state-invalid', message, {});
  }
  if (pending === undefined) return;
  await takeIntoUse(transaction, pending, nowMs);
  for (const one of all) await settle(transaction, one, nowMs);
}

async function history(tables: KmsQueries, key: KmsKey, nowMs: number): Promise<readonly MaterialEntry[]> {
  const owner = { key_id: key.keyId, region: key.region };
  const imported = await listImported(tables, owner);
  const present = await presentIds(tables, owner, nowMs);
  const ends = new Map((await listMaterial(tables, key.region, key.keyId)).map((row) => [row.material_id, row]));
  const current = inUse(imported).at(-1);
  const stateOf = async (row: (typeof imported)[number]): Promise<MaterialEntry['state']> => {
    if (row.is_pending === 0) return row === current ? 'CURRENT' : 'NON_CURRENT';
    const regions = key.primaryRegion === undefined ? [owner] : await listRelated(tables, key.keyId);
    const where = await Promise.all(regions.map((one) => presentIds(tables, one, nowMs)));
    const isEverywhere = where.every((ids) => ids.has(row.material_id));
    return isEverywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  };
  const entries = imported.map(async (row) => ({
    materialId: row.material_id,
    state: await stateOf(row),
    ...(row.rotated_at_ms !== null && { rotation: { kind: 'ON_DEMAND' as const, atMs: row.rotated_at_ms } }),
    imported: {
      isThere: present.has(row.material_id),
      validToMs: ends.get(row.material_id)?.valid_to_ms ?? undefined,
      description: row.description ?? undefined,
    },
  }));
  return (await Promise.all(entries)).toReversed();
}
