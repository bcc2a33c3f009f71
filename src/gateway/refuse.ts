// Turns whatever was thrown into the refusal a door speaks. What the caller is told and what the log says are two.

import { type CorridorErrorKind, DomainError } from '#core/errors.ts';
import type { ErrorSpelling } from '#core/operation.ts';
import type { Refusal } from '#wire/wire-format.ts';
import type { Door } from './door.ts';

export interface Refused {
  readonly refusal: Refusal;
  /** A fault of ours or of the machine: to be logged with its cause. */
  readonly fault: boolean;
}

/** Every thrown value becomes a refusal; what is no DomainError, or unknown to the door, is `internal`. */
export function refusalOf(door: Door, error: unknown): Refused {
  if (!(error instanceof DomainError)) return internal(door);
  const spelling = door.service.errors[error.kind] ?? corridorSpelling(door, error);
  if (spelling === undefined) return internal(door);
  const refusal = { ...spelling, message: error.message, members: error.details as Record<string, unknown> };
  const { retryAfterMs } = refusal.members;
  const retry = typeof retryAfterMs === 'number' ? { retryAfterMs } : {};
  return { refusal: { ...refusal, ...retry }, fault: spelling.status >= 500 };
}

function internal(door: Door): Refused {
  const message = 'The server met an internal error; its log names this request.';
  return { refusal: { ...(door.service.errors.internal ?? door.spell('internal')), message }, fault: true };
}

const corridorKinds: Readonly<Record<CorridorErrorKind, true>> = {
  'missing-authentication': true,
  'incomplete-signature': true,
  'unrecognized-client': true,
  'expired-token': true,
  'invalid-signature': true,
  'registry-token-invalid': true,
  'registry-token-expired': true,
  'access-denied': true,
  'unknown-operation': true,
  'malformed-request': true,
  'request-too-large': true,
  'request-incomplete': true,
  'not-found': true,
  'method-not-allowed': true,
  throttled: true,
  'audit-unavailable': true,
  'storage-unavailable': true,
  internal: true,
};

function corridorSpelling(door: Door, error: DomainError): ErrorSpelling | undefined {
  return error.kind in corridorKinds ? door.spell(error.kind as CorridorErrorKind) : undefined;
}
