// A refusal by KMS as the registry passes it on: the code that KMS gave, and its sentence.

import { DomainError } from '#core/errors.ts';
import { kmsErrors } from '../errors.ts';

const codes: Readonly<Record<string, { readonly code: string }>> = kmsErrors;

/** Of a fault that says nothing about the key (a disk, the audit log) nothing is said but what it is. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const kmsError = error.kind === 'access-denied' ? 'AccessDeniedException' : codes[error.kind]?.code;
  if (kmsError === undefined || !isOfKey(error)) return error;
  return unavailable(kmsError, error.message, error);
}

export function unavailable(kmsError: string, message: string, cause?: unknown): DomainError<'kms-unavailable'> {
  return new DomainError('kms-unavailable', message, { kmsError }, cause === undefined ? {} : { cause });
}

export function rethrow(error: unknown): never {
  throw asUnavailable(error);
}

function isOfKey({ kind }: DomainError): boolean {
  return kind.startsWith('kms-') || kind === 'access-denied';
}
