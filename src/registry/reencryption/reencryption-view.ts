// Between a row of a move and what is told of it.

import { parseAccountId, parseRegion } from '#core/account.ts';
import type { Encryption } from '../registry.ts';
import type { Moved, Reencryption, ReencryptionStatus } from './reencryptions.ts';
import type { ReencryptionRow } from './tables.ts';

export function reencryptionOf(row: ReencryptionRow, repositoryName: string): Reencryption {
  const [account = '', regionName = ''] = row.registry.split('/');
  const accountId = parseAccountId(account);
  const region = parseRegion(regionName);
  if (accountId === undefined || region === undefined) throw new Error(`${row.reencryption_id} is of no registry`);
  return {
    id: row.reencryption_id,
    registry: { accountId, region },
    repositoryName,
    status: statusOf(row),
    reason: row.paused_reason ?? undefined,
    from: encryptionOf(row.from_type, row.from_key),
    to: encryptionOf(row.to_type, row.to_key),
    requestedBy: row.requested_by,
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms ?? undefined,
    moved: { images: row.images_moved, layers: row.layers_moved, bytes: row.bytes_moved },
    total: totalOf(row),
    keptUntilMs: row.retire_at_ms ?? undefined,
  };
}

function statusOf({ state, paused_reason }: ReencryptionRow): ReencryptionStatus {
  return state === 'RUNNING' && paused_reason !== null ? 'PAUSED' : state;
}

function totalOf({ images_total, layers_total, bytes_total }: ReencryptionRow): Moved | undefined {
  if (images_total === null || layers_total === null || bytes_total === null) return undefined;
  return { images: images_total, layers: layers_total, bytes: bytes_total };
}

function encryptionOf(type: string, kmsKey: string | null): Encryption {
  // Only what a repository was encrypted with is written there.
  const known = type as Encryption['type'];
  return kmsKey === null ? { type: known } : { type: known, kmsKey };
}
