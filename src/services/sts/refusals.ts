// STS's refusals in STS's words (iam.md §7).

import { DomainError } from '#core/errors.ts';

export function denied(action: string, resource: string, message: string): DomainError {
  return new DomainError('access-denied', message, { action, resource });
}

export function invalid(message: string): DomainError {
  return new DomainError('validation-failed', message, {});
}

export function malformedPolicy(message: string, cause?: unknown): DomainError {
  return new DomainError('malformed-policy', message, {}, cause === undefined ? {} : { cause });
}
