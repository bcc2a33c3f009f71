// Multi-Region keys inside a site: one id and one material in several regions, each with a policy and state of its own.

import type { Region } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { sealKeyPolicy } from '../key-policies/sealed-key-policy.ts';
import type { KmsKey } from '../keys/key.ts';
import { readKey } from '../keys/key-records.ts';
import { type KeyState, requireState } from '../keys/key-states.ts';
import { requireRow } from '../keys/require-row.ts';
import { insertKeyRow, type KeyRow } from '../keys/tables.ts';
import { insertImported, listImported } from '../material/imports/tables.ts';
import { copyMaterial } from '../material/materials.ts';
import { listMaterial } from '../material/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables } from '../store/tables.ts';
import { putKeyTag } from '../tags/tables.ts';
import { listRelated, movePrimary } from './tables.ts';

export interface NewReplica {
  readonly region: Region;
  readonly description: string;
  /** As it is kept. */
  readonly policy: string;
  readonly tags: KmsKey['tags'];
}

export interface Replicas {
  /** Throws kms-replica-exists, kms-unsupported for what is no primary, and what `requireState` throws. */
  replicate(key: KmsKey, replica: NewReplica): Promise<KmsKey>;
  /** Throws kms-key-not-found for a region without a replica, else as `replicate`. */
  movePrimary(key: KmsKey, region: string): Promise<void>;
}

export function openReplicas(store: KmsStore): Replicas {
  const tables = store.database.tables<KmsTables>();
  return {
    async replicate(key, { region, description, policy, tags }) {
      const identity = { key_id: key.keyId, region, account_id: key.accountId };
      const sealed = await sealKeyPolicy(store, identity, policy);
      const made = await store.change(async (transaction) => {
        const primary = await requireRow(transaction, key);
        requirePrimary(key, primary);
        requireState('ReplicateKey', { arn: key.arn, state: primary.state as KeyState });
        const related = await listRelated(transaction, key.keyId);
        if (related.some((row) => row.region === region)) {
          throw new DomainError('kms-replica-exists', `${key.arn} is in the region ${region} already.`, {});
        }
        const row: KeyRow = {
          ...primary,
          ...identity,
          description,
          policy: sealed,
          // Imported material is its owner's to bring to each region.
          ...(primary.origin === 'EXTERNAL' ? { state: 'PendingImport', material_id: null } : { state: 'Enabled' }),
          created_at_ms: store.clock.nowMs(),
          rotation_days: null,
          rotation_at_ms: null,
        };
        await insertKeyRow(transaction, row);
        for (const { key: tag_key, value: tag_value } of tags) {
          await putKeyTag(transaction, { key_id: key.keyId, region, tag_key, tag_value });
        }
        if (primary.origin === 'EXTERNAL') {
          for (const place of await listImported(transaction, primary)) {
            await insertImported(transaction, { ...place, region });
          }
          return row;
        }
        for (const material of await listMaterial(transaction, key.region, key.keyId)) {
          await copyMaterial(store, transaction, material, region);
        }
        return row;
      });
      return readKey(store, tables, made);
    },
    movePrimary: (key, region) =>
      store.change(async (transaction) => {
        const primary = await requireRow(transaction, key);
        requirePrimary(key, primary);
        const replica = (await listRelated(transaction, key.keyId)).find((row) => row.region === region);
        if (replica === undefined) {
          throw new DomainError('kms-key-not-found', `${key.arn} has no replica in the region ${region}`, {});
        }
        for (const { state } of [primary, replica]) {
          requireState('UpdatePrimaryRegion', { arn: key.arn, state: state as KeyState });
        }
        await movePrimary(transaction, primary, region);
      }),
  };
}

/** Throws kms-unsupported. */
function requirePrimary({ arn }: KmsKey, { region, primary_region }: KeyRow): void {
  if (primary_region === region) return;
  throw new DomainError('kms-unsupported', `${arn} is not the primary key of a multi-Region key.`, {});
}
