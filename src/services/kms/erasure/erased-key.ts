// What is written down of a key in the transaction that destroys it: all that its certificate will say of it.

import type { AccountId, Region } from '#core/account.ts';
import { kmsArn } from '#core/arn.ts';
import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';
import { askClearing } from '../clearing/tables.ts';
import { findDeletionRequest } from '../keys/deletion-requests/tables.ts';
import type { KeyRow } from '../keys/tables.ts';
import { listMaterial } from '../material/tables.ts';
import { listRelated } from '../multi-region/tables.ts';
import type { KmsTransaction } from '../store/tables.ts';
import { insertErasure, noteErasedRepositories } from './tables.ts';

/** Why a key went: somebody scheduled it, or its account was closed and its 90 days were over. */
export type ErasureCause = 'ScheduleKeyDeletion' | 'RemoveAccountContent';

/** A key that is gone, for whoever has to tell of it. */
export interface DeletedKey {
  /** Of its certificate. */
  readonly certificateId: string;
  readonly keyArn: string;
  readonly keyId: string;
  readonly region: string;
  readonly accountId: string;
  readonly materialIds: readonly string[];
  readonly deletedAtMs: number;
}

/** Kept as JSON. */
export interface ErasedKey {
  readonly manager: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly createdAtMs: number;
  readonly materialIds: readonly string[];
  /** ARNs of the same multi-Region key in other regions, which keep the same material. */
  readonly materialRemainsIn: readonly string[];
  readonly cause: ErasureCause;
  readonly askedBy: string | null;
  readonly askedAtMs: number | null;
  readonly requestId: string | null;
}

const idTimeDigits = 12;
const idRandomBytes = 8;

export async function noteErasure(
  transaction: KmsTransaction,
  row: KeyRow,
  cause: ErasureCause,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<DeletedKey> {
  const { key_id, region, account_id } = row;
  const arnIn = (where: string) =>
    kmsArn({ accountId: account_id as AccountId, region: where as Region }, `key/${key_id}`);
  const nowMs = clock.nowMs();
  const asked = await findDeletionRequest(transaction, row);
  const material = await listMaterial(transaction, region, key_id);
  const related = row.primary_region === null ? [] : await listRelated(transaction, key_id);
  const facts: ErasedKey = {
    manager: row.manager,
    spec: row.spec,
    usage: row.usage,
    origin: row.origin,
    createdAtMs: row.created_at_ms,
    materialIds: material.map(({ material_id }) => material_id),
    materialRemainsIn: related
      .map((other) => other.region)
      .filter((other) => other !== region)
      .map(arnIn),
    cause,
    askedBy: asked?.asked_by ?? null,
    askedAtMs: asked?.asked_at_ms ?? null,
    requestId: asked?.request_id ?? null,
  };
  const certificateId = newCertificateId(nowMs, random);
  await insertErasure(transaction, {
    erasure_id: certificateId,
    account_id,
    region,
    key_id,
    key_arn: arnIn(region),
    facts: JSON.stringify(facts),
    executed_at_ms: nowMs,
    clearing: await askClearing(transaction),
    place: null,
    listed: null,
    envelope: null,
    issued_at_ms: null,
  });
  await noteErasedRepositories(transaction, certificateId, arnIn(region));
  return {
    certificateId,
    keyArn: arnIn(region),
    keyId: key_id,
    region,
    accountId: account_id,
    materialIds: facts.materialIds,
    deletedAtMs: nowMs,
  };
}

function newCertificateId(nowMs: number, random: Random): string {
  const time = Math.max(0, nowMs).toString(16).padStart(idTimeDigits, '0');
  return `dc-${time}${random.bytes(idRandomBytes).toString('hex')}`;
}
