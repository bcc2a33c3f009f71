// What happens to KMS keys by itself: those whose time has come are deleted or rotated, told in the audit log.

import type { Audit } from '#audit/audit.ts';
import type { AccountId, Region } from '#core/account.ts';
import { kmsArn } from '#core/arn.ts';
import { limits } from '#core/limits.ts';
import type { Job } from '#jobs/job.ts';
import type { KmsUpkeep } from '#services/kms/open-kms.ts';
import { type Act, actRecorded } from './recorded-act.ts';
import type { Platform } from './stores.ts';

export interface KeyUpkeepOptions {
  readonly upkeep: KmsUpkeep;
  readonly audit: Audit;
  readonly platform: Platform;
}

type Owned = Awaited<ReturnType<KmsUpkeep['deletion']['due']>>[number];

/** Each key in a transaction of its own: what a kill leaves undone the next run does. */
export function keepsKeys(options: KeyUpkeepOptions): readonly Job[] {
  const { deletion, imports, rotation } = options.upkeep;
  return [
    upkeepJob('delete-keys', deletion.due, async (row) => {
      await recordedAct(options, row, {
        eventName: 'DeleteKey',
        run: () => deletion.execute(row),
        shown: (deleted) => ({ materialIds: deleted?.materialIds ?? [], isDeleted: deleted !== undefined }),
      });
    }),
    upkeepJob('expire-key-material', imports.due, async (row) => {
      await recordedAct(options, row, {
        eventName: 'DeleteExpiredKeyMaterial',
        run: () => imports.expire(row),
        shown: (keyMaterialId) => ({ ...(keyMaterialId && { keyMaterialId }) }),
      });
    }),
    upkeepJob('rotate-keys', rotation.due, async (row) => {
      await recordedAct(options, row, {
        eventName: 'RotateKey',
        run: () => rotation.rotateDue(row),
        shown: (materialId) => ({ ...(materialId && { currentBackingKeyId: materialId }) }),
      });
    }),
  ];
}

function upkeepJob(
  name: string,
  due: (limit: number) => Promise<readonly Owned[]>,
  keep: (row: Owned) => Promise<void>,
): Job {
  return {
    name,
    intervalMs: limits.keyUpkeepIntervalMs,
    async run(signal) {
      for (;;) {
        const rows = await due(limits.keyUpkeepBatch);
        for (const row of rows) {
          if (signal.aborted) return;
          await keep(row);
        }
        if (rows.length < limits.keyUpkeepBatch) return;
      }
    },
  };
}

function recordedAct<Result>(
  { audit, platform }: KeyUpkeepOptions,
  { account_id, region, key_id }: Owned,
  act: Pick<Act<Result>, 'eventName' | 'run' | 'shown'>,
): Promise<Result> {
  const accountId = account_id as AccountId;
  const arn = kmsArn({ accountId, region: region as Region }, `key/${key_id}`);
  const service = 'kms.amazonaws.com';
  const actor = { source: service, service, userAgent: service, region };
  return actRecorded(audit, actor, platform, {
    ...act,
    accountId,
    eventSource: service,
    resource: { arn, accountId, type: 'AWS::KMS::Key' },
    requestParameters: { keyId: arn },
  });
}
