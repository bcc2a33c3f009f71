// A move of a repository to another key as Sallyport's own door tells of it.

import type { Moved, Reencryption, ReencryptionStatus } from '#registry/reencryption/reencryptions.ts';
import type { Encryption } from '#registry/registry.ts';

export interface EncryptionView {
  readonly encryptionType: string;
  /** ARN. */
  readonly kmsKey?: string;
}

export interface ReencryptionView {
  readonly reencryptionId: string;
  readonly repositoryName: string;
  readonly status: ReencryptionStatus;
  /** Why it does not go on now. */
  readonly reason?: string;
  readonly from: EncryptionView;
  readonly to: EncryptionView;
  /** ARN. */
  readonly requestedBy: string;
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  readonly moved: Moved;
  /** Absent until it was counted; about, as pushes and deletes go on. */
  readonly total?: Moved;
  /** Until when the key that was left is kept for downloads that began before. */
  readonly oldKeyKeptUntil?: Date;
}

export function reencryptionView(move: Reencryption): ReencryptionView {
  const { reason, finishedAtMs, total, keptUntilMs } = move;
  return {
    reencryptionId: move.id,
    repositoryName: move.repositoryName,
    status: move.status,
    ...(reason === undefined ? {} : { reason }),
    from: encryptionView(move.from),
    to: encryptionView(move.to),
    requestedBy: move.requestedBy,
    startedAt: new Date(move.startedAtMs),
    ...(finishedAtMs === undefined ? {} : { finishedAt: new Date(finishedAtMs) }),
    moved: move.moved,
    ...(total === undefined ? {} : { total }),
    ...(keptUntilMs === undefined ? {} : { oldKeyKeptUntil: new Date(keptUntilMs) }),
  };
}

function encryptionView({ type, kmsKey }: Encryption): EncryptionView {
  return { encryptionType: type, ...(kmsKey === undefined ? {} : { kmsKey }) };
}
