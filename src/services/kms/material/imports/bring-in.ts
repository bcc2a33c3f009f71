// Brings material into a key: opened with its token, given its place among what the key had before, kept.

import { createHmac } from 'node:crypto';
import { DomainError } from '#core/errors.ts';
import { overwriting } from '#std/overwriting.ts';
import type { KmsKey } from '../../keys/key.ts';
import { type KeyState, requireState } from '../../keys/key-states.ts';
import { requireRow } from '../../keys/require-row.ts';
import type { KeyRow } from '../../keys/tables.ts';
import { listReplicas } from '../../multi-region/tables.ts';
import type { KmsStore } from '../../store/kms-store.ts';
import type { KmsTransaction } from '../../store/tables.ts';
import { addMaterial } from '../materials.ts';
import { findMaterial } from '../tables.ts';
import { openImportToken } from './import-token.ts';
import { incorrectMaterial, readImported } from './imported-material.ts';
import { isReplica, settle } from './settle.ts';
import { describeImported, type ImportedRow, insertImported, listImported, setValidTo } from './tables.ts';
import { unwrapImported } from './unwrap.ts';

export interface GivenMaterial {
  readonly token: Uint8Array;
  readonly encrypted: Uint8Array;
  readonly validToMs: number | null;
  /** Undefined: new where nothing was imported before, else one that was. */
  readonly type?: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' | undefined;
  /** Which material the caller believes it to be. */
  readonly materialId?: string | undefined;
  /** What was said of it before stays when left out. */
  readonly description?: string | undefined;
}

/** See `Imports.bringIn`. */
export async function bringIn(store: KmsStore, key: KmsKey, given: GivenMaterial): Promise<string> {
  const material = await unsealed(store, key, given);
  return overwriting(material, () => keep(store, key, given, material));
}

async function keep(store: KmsStore, key: KmsKey, given: GivenMaterial, material: Buffer): Promise<string> {
  const material_id = materialIdOf(key, material);
  if (given.materialId !== undefined && given.materialId !== material_id) throw incorrectMaterial();
  await store.change(async (transaction) => {
    const row = await requireRow(transaction, key);
    requireState('ImportKeyMaterial', { arn: key.arn, state: row.state as KeyState });
    const { sequence } = await placeOf(transaction, key, row, material_id, given);
    const { validToMs: valid_to_ms, description } = given;
    const named = { key_id: row.key_id, region: row.region, account_id: row.account_id, material_id };
    if (description !== undefined) await describeImported(transaction, named, description);
    if ((await findMaterial(transaction, row.region, row.key_id, material_id)) === undefined) {
      await addMaterial(store, transaction, { ...named, sequence, rotation: null, valid_to_ms }, material);
    } else await setValidTo(transaction, named, valid_to_ms);
    await settle(transaction, row, store.clock.nowMs());
  });
  return material_id;
}

/** With the material as the key of an HMAC the id tells nothing of it. In every region it is the same. */
function materialIdOf({ keyId }: KmsKey, material: Buffer): string {
  return createHmac('sha256', material).update(`kms-imported-material\n${keyId}`).digest('hex');
}

/** Throws kms-import-token-invalid, kms-import-token-expired, kms-ciphertext-invalid, kms-key-material-incorrect. */
async function unsealed(store: KmsStore, key: KmsKey, { token: sealed, encrypted }: GivenMaterial): Promise<Buffer> {
  const token = await openImportToken(store.keyRing, key, sealed);
  if (token === undefined) throw new DomainError('kms-import-token-invalid', 'The import token is not valid.', {});
  if (token.validToMs <= store.clock.nowMs()) {
    throw new DomainError('kms-import-token-expired', 'The import token has expired.', {});
  }
  const { privateKey, wrappingAlgorithm } = token;
  const opened = await overwriting(privateKey, () => unwrapImported(privateKey, wrappingAlgorithm, encrypted));
  return overwriting(opened, () => {
    const material = readImported(key.spec, opened);
    return material === opened ? Buffer.from(opened) : material;
  });
}

/** The row that the material has already, or a new one. Throws kms-key-material-incorrect. */
async function placeOf(
  transaction: KmsTransaction,
  key: KmsKey,
  row: KeyRow,
  material_id: string,
  { type, description }: GivenMaterial,
): Promise<ImportedRow> {
  const known = await listImported(transaction, row);
  const same = known.find((one) => one.material_id === material_id);
  const isNew = type === 'NEW_KEY_MATERIAL' || (type === undefined && known.length === 0);
  if (isNew === (same !== undefined)) throw incorrectMaterial();
  if (same !== undefined) return same;
  requireFree(key, row, known);
  const place = {
    ...{ key_id: row.key_id, region: row.region, material_id, description: description ?? null },
    sequence: (known.at(-1)?.sequence ?? 0) + 1,
    is_pending: known.length === 0 ? 0 : 1,
    rotated_at_ms: null,
  };
  await insertImported(transaction, place);
  // Each replica waits for the same.
  for (const { region } of await listReplicas(transaction, row))
    await insertImported(transaction, { ...place, region });
  return place;
}

/** Throws kms-unsupported for a replica, kms-key-state-invalid where new material waits for its rotation already. */
function requireFree({ arn }: KmsKey, row: KeyRow, known: readonly ImportedRow[]): void {
  if (isReplica(row)) {
    const message = `${arn} is a replica key: new key material is imported into its primary key first.`;
    throw new DomainError('kms-unsupported', message, {});
  }
  if (!known.some(({ is_pending }) => is_pending === 1)) return;
  throw new DomainError('kms-key-state-invalid', `${arn} has key material that is pending rotation.`, {});
}
