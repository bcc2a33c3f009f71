// When keys were last used: noted in memory on the path of requests, written in batches off it.

import type { KeyLastUsageTrackingOperation } from '@aws-sdk/client-kms';
import { limits } from '#core/limits.ts';
import type { Job } from '#jobs/job.ts';
import type { KmsKey } from '../keys/key.ts';
import { findKeyRow } from '../keys/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables } from '../store/tables.ts';
import { findKeyUsage, type KeyUsageRow, putKeyUsage } from './tables.ts';

export interface LastUsage {
  readonly operation: KeyLastUsageTrackingOperation;
  readonly atMs: number;
  readonly requestId: string;
}

export interface KeyUsage {
  /** Once for each use that succeeded. Costs one look-up. */
  note(key: KmsKey, operation: KeyLastUsageTrackingOperation, requestId: string): void;
  /** Undefined for a key that was never used. */
  last(key: KmsKey): Promise<LastUsage | undefined>;
  /** Writes what this process has noted since the last time. */
  readonly job: Job;
}

export function openKeyUsage(store: KmsStore): KeyUsage {
  let notes = new Map<string, KeyUsageRow>();
  const write = async (): Promise<void> => {
    const taken = notes;
    if (taken.size === 0) return;
    notes = new Map();
    try {
      // Not `change`: nothing is decided by it, so that no cache of keys needs to go.
      await store.database.transact<KmsTables, void>(async (transaction) => {
        for (const row of taken.values()) {
          const isThere = (await findKeyRow(transaction, row.region, row.key_id)) !== undefined;
          if (isThere) await putKeyUsage(transaction, row);
        }
      });
    } catch (error) {
      // Later uses are the ones to keep.
      notes = new Map([...taken, ...notes]);
      throw error;
    }
  };
  return {
    note({ keyId: key_id, region }, operation, request_id) {
      const used_at_ms = store.clock.nowMs();
      notes.set(`${region} ${key_id}`, { key_id, region, operation, used_at_ms, request_id });
    },
    async last({ keyId, region }) {
      await write();
      const row = await findKeyUsage(store.database.tables<KmsTables>(), region, keyId);
      if (row === undefined) return undefined;
      const operation = row.operation as KeyLastUsageTrackingOperation;
      return { operation, atMs: row.used_at_ms, requestId: row.request_id };
    },
    job: { name: 'write-key-usage', scope: 'process', intervalMs: limits.keyUsageWriteDelayMs, run: write },
  };
}
