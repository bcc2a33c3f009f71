// The last attempt to use each key in quarantine: noted in memory as it is refused, written off the path of requests.

import { limits } from '#core/limits.ts';
import type { QuarantinedUse } from '#core/ports/credential-source.ts';
import type { Job } from '#jobs/job.ts';
import type { Database } from '#stores/sql/database.ts';
import { type QuarantineTables, type QuarantineUseRow, upsertQuarantineUse } from './tables.ts';

export interface QuarantineUses {
  noteUse(use: QuarantinedUse): void;
  /** Writes what this process has noted. */
  write(): Promise<void>;
  /** The same. */
  readonly job: Job;
}

const userAgentCharsMax = 200;

export function openQuarantineUses(database: Database): QuarantineUses {
  // One a key that is in quarantine: there are never more of them than keys.
  const noted = new Map<string, QuarantineUseRow>();
  const write = async () => {
    const batch = [...noted.values()];
    if (batch.length === 0) return;
    await database.transact<QuarantineTables, void>(async (transaction) => {
      for (const row of batch) await upsertQuarantineUse(transaction, row);
    });
    for (const row of batch) if (noted.get(row.access_key_id) === row) noted.delete(row.access_key_id);
  };
  return {
    noteUse({ accessKeyId, isProved, call }) {
      noted.set(accessKeyId, {
        access_key_id: accessKeyId,
        used_at_ms: call.receivedAtMs,
        source_address: call.sourceAddress,
        user_agent: call.userAgent.slice(0, userAgentCharsMax),
        proved: Number(isProved),
      });
    },
    write,
    job: {
      name: 'write-quarantined-uses',
      scope: 'process',
      intervalMs: limits.quarantineUseWriteDelayMs,
      run: write,
    },
  };
}
