// What happens to KMS keys by itself: those whose time has come are deleted or rotated, told in the audit log.

import type { Audit } from '#audit/audit.ts';
import type { AccountId, Region } from '#core/account.ts';
import { kmsArn } from '#core/arn.ts';
import { limits } from '#core/limits.ts';
import type { Job } from '#jobs/job.ts';
import type { Erasures } from '#services/kms/erasure/erasures.ts';
import type { KmsUpkeep } from '#services/kms/open-kms.ts';
import { finishErasures } from './erasure-upkeep.ts';
import { type Act, actPlaced } from './recorded-act.ts';
import type { Platform } from './stores.ts';

export interface KeyUpkeepOptions {
  readonly upkeep: KmsUpkeep;
  readonly erasures: Erasures;
  readonly audit: Audit;
  /** What the audit chain of this process is called. */
  readonly chain: string;
  readonly platform: Platform;
}

/** A key, as the audit log tells of it. */
type Owned = Pick<Awaited<ReturnType<KmsUpkeep['deletion']['due']>>[number], 'account_id' | 'region' | 'key_id'>;
type Due = Awaited<ReturnType<KmsUpkeep['deletion']['due']>>[number];

/** Each key in a transaction of its own: what a kill leaves undone the next run does. */
export function keepsKeys(options: KeyUpkeepOptions): readonly Job[] {
  const { deletion, imports, rotation } = options.upkeep;
  return [
    {
      name: 'delete-keys',
      intervalMs: limits.keyUpkeepIntervalMs,
      async run(signal) {
        try {
          await keepAll(deletion.due, (row) => deleteKey(options, row), signal);
        } finally {
          // A key that cannot be deleted holds up the certificate of no other.
          await finishErasures({ ...options, act: (owned, act) => keyAct(options, owned, act) }, signal);
        }
      },
    },
    upkeepJob('expire-key-material', imports.due, async (row) => {
      await keyAct(options, row, {
        eventName: 'DeleteExpiredKeyMaterial',
        run: () => imports.expire(row),
        shown: (keyMaterialId) => ({ ...(keyMaterialId && { keyMaterialId }) }),
      });
    }),
    upkeepJob('rotate-keys', rotation.due, async (row) => {
      await keyAct(options, row, {
        eventName: 'RotateKey',
        run: () => rotation.rotateDue(row),
        shown: (materialId) => ({ ...(materialId && { currentBackingKeyId: materialId }) }),
      });
    }),
  ];
}

async function deleteKey(options: KeyUpkeepOptions, row: Due): Promise<void> {
  const { upkeep, erasures, chain } = options;
  const { result: deleted, place } = await keyAct(options, row, {
    eventName: 'DeleteKey',
    run: () => upkeep.deletion.execute(row),
    shown: (done) => ({
      materialIds: done?.materialIds ?? [],
      isDeleted: done !== undefined,
      ...(done && { certificateId: done.certificateId }),
    }),
  });
  if (deleted !== undefined) await erasures.notePlace(deleted.certificateId, { chain, ...place });
}

function upkeepJob(
  name: string,
  due: (limit: number) => Promise<readonly Due[]>,
  keep: (row: Due) => Promise<void>,
): Job {
  return { name, intervalMs: limits.keyUpkeepIntervalMs, run: (signal) => keepAll(due, keep, signal) };
}

async function keepAll(
  due: (limit: number) => Promise<readonly Due[]>,
  keep: (row: Due) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const rows = await due(limits.keyUpkeepBatch);
    for (const row of rows) {
      if (signal.aborted) return;
      await keep(row);
    }
    if (rows.length < limits.keyUpkeepBatch) return;
  }
}

function keyAct<Result>(
  { audit, platform }: KeyUpkeepOptions,
  { account_id, region, key_id }: Owned,
  act: Pick<Act<Result>, 'eventName' | 'run' | 'shown'>,
) {
  const accountId = account_id as AccountId;
  const arn = kmsArn({ accountId, region: region as Region }, `key/${key_id}`);
  const service = 'kms.amazonaws.com';
  const actor = { source: service, service, userAgent: service, region };
  return actPlaced(audit, actor, platform, {
    ...act,
    accountId,
    eventSource: service,
    resource: { arn, accountId, type: 'AWS::KMS::Key' },
    requestParameters: { keyId: arn },
  });
}
