// How wrong codes lock a device: every fifth in a row, for a time that doubles up to an hour.

import { limits } from '#core/limits.ts';

export interface Attempts {
  /** Wrong codes since the last right one. */
  readonly failures: number;
  readonly locked_until_ms: number;
}

/** While a device is locked every code is wrong, and no further failure is counted: nobody can prolong the time. */
export function isLocked({ locked_until_ms }: Attempts, nowMs: number): boolean {
  return nowMs < locked_until_ms;
}

export function afterFailure(before: Attempts, nowMs: number): Attempts {
  const failures = before.failures + 1;
  if (failures % limits.mfaFailuresMax !== 0) return { failures, locked_until_ms: before.locked_until_ms };
  const doublings = failures / limits.mfaFailuresMax - 1;
  const lockMs = Math.min(limits.mfaLockMsMin * 2 ** Math.min(doublings, 20), limits.mfaLockMsMax);
  return { failures, locked_until_ms: nowMs + lockMs };
}

export const noFailures: Attempts = { failures: 0, locked_until_ms: 0 };
