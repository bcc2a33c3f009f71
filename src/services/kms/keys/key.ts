// A key as everything but its table sees it.

import type { AccountId, Region } from '#core/account.ts';
import { kmsArn } from '#core/arn.ts';
import type { ResourceFacts } from '#core/ports/policy-source.ts';
import { isPendingDeletion, type KeyState } from './key-states.ts';
import type { KeyRow } from './tables.ts';

export interface KmsKey {
  readonly keyId: string;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly arn: string;
  readonly isManagedByAws: boolean;
  readonly description: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly state: KeyState;
  readonly createdAtMs: number;
  readonly deletion: { readonly atMs: number; readonly windowDays: number } | undefined;
  /** Of multi-Region keys only. */
  readonly primaryRegion: string | undefined;
  /** In order, without the primary's; of a primary and of each replica. */
  readonly replicaRegions: readonly string[];
  /** Of a primary that is deleted once its replicas are. */
  readonly pendingReplicaDays: number | undefined;
  readonly materialId: string | undefined;
  /** When imported material ends by itself. */
  readonly validToMs: number | undefined;
  readonly rotation: { readonly days: number; readonly atMs: number } | undefined;
  /** The policy as it is kept: principals by unique id. */
  readonly policy: string;
  readonly tags: ReadonlyArray<{ readonly key: string; readonly value: string }>;
  /** Their names, in order. */
  readonly aliases: readonly string[];
  /** What access decides by; the identical object for as long as this one lives. */
  readonly facts: ResourceFacts;
}

export interface KeyParts {
  readonly row: KeyRow;
  readonly validToMs: number | undefined;
  readonly replicaRegions: readonly string[];
  readonly policy: string;
  readonly tags: KmsKey['tags'];
  readonly aliases: readonly string[];
}

export function keyOf({ row, validToMs, replicaRegions, policy, tags, aliases }: KeyParts): KmsKey {
  const accountId = row.account_id as AccountId;
  const region = row.region as Region;
  const arn = kmsArn({ accountId, region }, `key/${row.key_id}`);
  const { deletion_at_ms: deletionAtMs, deletion_window_days: windowDays } = row;
  const { rotation_days: days, rotation_at_ms: rotationAtMs } = row;
  return {
    keyId: row.key_id,
    accountId,
    region,
    arn,
    isManagedByAws: row.manager === 'AWS',
    description: row.description,
    spec: row.spec,
    usage: row.usage,
    origin: row.origin,
    state: row.state as KeyState,
    createdAtMs: row.created_at_ms,
    deletion: deletionAtMs === null || windowDays === null ? undefined : { atMs: deletionAtMs, windowDays },
    primaryRegion: row.primary_region ?? undefined,
    replicaRegions,
    pendingReplicaDays: row.state === 'PendingReplicaDeletion' ? (windowDays ?? undefined) : undefined,
    materialId: row.material_id ?? undefined,
    validToMs,
    rotation: days === null || rotationAtMs === null ? undefined : { days, atMs: rotationAtMs },
    policy,
    tags,
    aliases,
    facts: {
      accountId,
      policy: { name: arn, text: policy },
      mustAllow: true,
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    },
  };
}

/** The key as the clock has it: imported material counts no more once its time has come, removed or not. */
export function keyAt(key: KmsKey, nowMs: number): KmsKey {
  if (key.validToMs === undefined || key.validToMs > nowMs) return key;
  const state = isPendingDeletion(key.state) ? key.state : 'PendingImport';
  return { ...key, state, materialId: undefined, validToMs: undefined };
}
