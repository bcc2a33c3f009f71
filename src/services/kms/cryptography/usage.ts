// Whether a key may be used so at all: its usage and its algorithms.

import { DomainError } from '#core/errors.ts';
import type { KmsKey } from '../keys/key.ts';
import { algorithmsOf, type KeyUsage } from '../keys/key-specs.ts';

export interface Use {
  readonly operation: string;
  readonly usage: KeyUsage;
  /** Which member of the input asks for the algorithm. */
  readonly member: string;
  readonly algorithm: string;
}

/** Throws kms-key-usage-invalid. */
export function requireUse(key: KmsKey, { operation, usage, member, algorithm }: Use): void {
  if (key.usage !== usage) {
    throw invalid(`${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`);
  }
  if (!algorithmsOf(key).includes(algorithm)) {
    throw invalid(`${member} ${algorithm} is not valid for ${key.arn} with key spec ${key.spec}.`);
  }
}

/** Throws kms-key-usage-invalid. `algorithm` is what the caller asks for. */
export function requireEncryption(key: KmsKey, operation: string, algorithm = 'SYMMETRIC_DEFAULT'): void {
  requireUse(key, { operation, usage: 'ENCRYPT_DECRYPT', member: 'EncryptionAlgorithm', algorithm });
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
