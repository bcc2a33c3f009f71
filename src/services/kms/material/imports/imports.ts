// Imported material: parameters for bringing it in, bringing it in, taking it away again, and its end by the clock.

import { createHash, createPrivateKey, createPublicKey, timingSafeEqual } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { newPrivateKey } from '../../cryptography/asymmetric/new-private-key.ts';
import type { KmsKey } from '../../keys/key.ts';
import { isPendingDeletion, type KeyState, requireState } from '../../keys/key-states.ts';
import { requireRow } from '../../keys/require-row.ts';
import { type KeyRow, updateKeyRow } from '../../keys/tables.ts';
import type { KmsStore } from '../../store/kms-store.ts';
import type { KmsTables, KmsTransaction } from '../../store/tables.ts';
import { addMaterial } from '../materials.ts';
import { deleteMaterialOf, findMaterial, overwriteMaterialOf } from '../tables.ts';
import { openImportToken, sealImportToken } from './import-token.ts';
import { incorrectMaterial, readImported } from './imported-material.ts';
import { findImported, insertImported, listExpired, setValidTo } from './tables.ts';
import { unwrapImported } from './unwrap.ts';

export interface ImportParameters {
  readonly token: Buffer;
  /** SPKI, DER. */
  readonly publicKey: Buffer;
  readonly validToMs: number;
}

export interface GivenMaterial {
  readonly token: Uint8Array;
  readonly encrypted: Uint8Array;
  readonly validToMs: number | null;
  /** Which material the caller believes it to be. */
  readonly materialId: string | undefined;
}

export interface Imports {
  parametersFor(key: KmsKey, wrappingAlgorithm: string, wrappingKeySpec: string): Promise<ImportParameters>;
  /**
   * The material's id. Throws kms-import-token-invalid, kms-import-token-expired, kms-ciphertext-invalid,
   * kms-key-material-incorrect, and what `requireState` throws.
   */
  bringIn(key: KmsKey, given: GivenMaterial): Promise<string>;
  /** The id of the material that was there, if any. */
  remove(key: KmsKey): Promise<string | undefined>;
  /** Of all registries, the keys whose material has expired. */
  due(limit: number): Promise<readonly KeyRow[]>;
  /** The id of the material; undefined for a key that got a later date meanwhile. */
  expire(row: KeyRow): Promise<string | undefined>;
}

const materialIdBytes = 32;

export function openImports(store: KmsStore): Imports {
  const tables = store.database.tables<KmsTables>();
  return {
    async parametersFor(key, wrappingAlgorithm, wrappingKeySpec) {
      const privateKey = await newPrivateKey(wrappingKeySpec);
      const pair = createPublicKey(createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }));
      const validToMs = store.clock.nowMs() + limits.importTokenLifeMs;
      const token = await sealImportToken(store.keyRing, key, { wrappingAlgorithm, validToMs, privateKey });
      privateKey.fill(0);
      return { token, publicKey: pair.export({ type: 'spki', format: 'der' }), validToMs };
    },
    bringIn: (key, given) => bringIn(store, key, given),
    remove: (key) =>
      store.change(async (transaction) => {
        const row = await requireRow(transaction, key);
        requireState('DeleteImportedKeyMaterial', { arn: key.arn, state: row.state as KeyState });
        return removeMaterial(transaction, row);
      }),
    due: (limit) => listExpired(tables, store.clock.nowMs(), limit),
    expire: (seen) =>
      store.change(async (transaction) => {
        const [row] = await listExpired(transaction, store.clock.nowMs(), 1, seen);
        return row && removeMaterial(transaction, row);
      }),
  };
}

async function bringIn(store: KmsStore, key: KmsKey, given: GivenMaterial): Promise<string> {
  const material = await unsealed(store, key, given);
  const owner = { key_id: key.keyId, region: key.region, account_id: key.accountId };
  const digest = createHash('sha256').update(material).digest();
  const domain = await store.keyRing.domainOf(key);
  const context = `kms/imported-material/${key.keyId}`;
  const known = await findImported(store.database.tables<KmsTables>(), owner);
  if (known !== undefined) {
    const isSame = timingSafeEqual(await store.keyRing.open(domain, context, known.fingerprint), digest);
    if (!isSame || (given.materialId ?? known.material_id) !== known.material_id) throw incorrectMaterial();
  } else if (given.materialId !== undefined) throw incorrectMaterial();
  const material_id = known?.material_id ?? store.random.bytes(materialIdBytes).toString('hex');
  const fingerprint = known?.fingerprint ?? (await store.keyRing.seal(domain, context, digest));
  await store.change(async (transaction) => {
    const row = await requireRow(transaction, key);
    requireState('ImportKeyMaterial', { arn: key.arn, state: row.state as KeyState });
    const now = await findImported(transaction, owner);
    // Another first import was quicker: only the same material may follow it.
    if (now?.material_id !== known?.material_id) throw incorrectMaterial();
    if (now === undefined) {
      await insertImported(transaction, { key_id: key.keyId, region: key.region, material_id, fingerprint });
    }
    const { validToMs: valid_to_ms } = given;
    if ((await findMaterial(transaction, key.region, key.keyId, material_id)) === undefined) {
      const fresh = { ...owner, material_id, valid_to_ms, sequence: 1, rotation: null };
      await addMaterial(store, transaction, fresh, material);
    } else await setValidTo(transaction, { ...owner, material_id }, valid_to_ms);
    await updateKeyRow(transaction, row, {
      material_id,
      state: row.state === 'PendingImport' ? 'Enabled' : row.state,
    });
  });
  material.fill(0);
  return material_id;
}

async function unsealed(store: KmsStore, key: KmsKey, { token: sealed, encrypted }: GivenMaterial): Promise<Buffer> {
  const token = await openImportToken(store.keyRing, key, sealed);
  if (token === undefined) throw new DomainError('kms-import-token-invalid', 'The import token is not valid.', {});
  if (token.validToMs <= store.clock.nowMs()) {
    throw new DomainError('kms-import-token-expired', 'The import token has expired.', {});
  }
  const material = readImported(key.spec, unwrapImported(token.privateKey, token.wrappingAlgorithm, encrypted));
  token.privateKey.fill(0);
  return material;
}

/** A key that waits to be deleted goes on waiting, without it. */
async function removeMaterial(transaction: KmsTransaction, row: KeyRow): Promise<string | undefined> {
  if (row.material_id === null) return undefined;
  // The bytes first: what is deleted only leaves a free page behind.
  await overwriteMaterialOf(transaction, row.region, row.key_id);
  await deleteMaterialOf(transaction, row.region, row.key_id);
  await updateKeyRow(transaction, row, {
    material_id: null,
    state: isPendingDeletion(row.state) ? row.state : 'PendingImport',
  });
  return row.material_id;
}
