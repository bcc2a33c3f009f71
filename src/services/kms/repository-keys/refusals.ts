// A refusal by KMS as the registry passes it on: the code that KMS gave, and its sentence.

import { DomainError } from '#core/errors.ts';
import { kmsErrors } from '../errors.ts';

const codes: Readonly<Record<string, { readonly code: string }>> = kmsErrors;

/** Of a fault that says nothing about the key (a disk, the audit log) nothing is said but what it is. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const kmsError = error.kind === 'access-denied' ? 'AccessDeniedException' : codes[error.kind]?.code;
  if (kmsError === undefined || !isKeysOwn(error)) return error;
  return unavailable(kmsError, error.message, error);
}

export function unavailable(kmsError: string, message: string, cause?: unknown): DomainError<'kms-unavailable'> {
  return new DomainError('kms-unavailable', message, { kmsError }, cause === undefined ? {} : { cause });
}

export function rethrow(error: unknown): never {
  throw asUnavailable(error);
}

/** Whether it is an answer of the key, and no fault on the way to it. */
export function isKeysOwn(error: unknown): boolean {
  return error instanceof DomainError && (error.kind.startsWith('kms-') || error.kind === 'access-denied');
}
