// Whether a key may be used so at all: its usage and its algorithms.

import { DomainError } from '#core/errors.ts';
import type { KmsKey } from '../keys/key.ts';
import { requireSpec } from '../keys/key-specs.ts';

/** Throws kms-key-usage-invalid. `algorithm` is what the caller asks for. */
export function requireEncryption(key: KmsKey, operation: string, algorithm = 'SYMMETRIC_DEFAULT'): void {
  if (key.usage !== 'ENCRYPT_DECRYPT') {
    throw invalid(`${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`);
  }
  const algorithms: readonly string[] = requireSpec(key.spec).encryptionAlgorithms ?? [];
  if (!algorithms.includes(algorithm)) {
    throw invalid(`EncryptionAlgorithm ${algorithm} is not valid for ${key.arn} with key spec ${key.spec}.`);
  }
}

/** Throws kms-key-usage-invalid: data keys are made with symmetric encryption keys only. */
export function requireSymmetric(key: KmsKey, operation: string): void {
  if (key.spec === 'SYMMETRIC_DEFAULT') return;
  throw invalid(`${key.arn} key spec is ${key.spec} which is not valid for ${operation}.`);
}

function invalid(message: string): DomainError {
  return new DomainError('kms-key-usage-invalid', message, {});
}

/** Answers to enclaves are encrypted for them: nothing here can do so. Throws kms-unsupported. */
export function requireNoRecipient(recipient: object | undefined): void {
  if (recipient === undefined) return;
  throw new DomainError('kms-unsupported', 'Recipient: attestation documents are not served by Sallyport.', {});
}
