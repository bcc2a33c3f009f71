// What any use of a key may be refused with.

import type { ErrorKind } from '#core/errors.ts';

export const cryptographyErrors: readonly ErrorKind[] = [
  'kms-key-disabled',
  'kms-key-state-invalid',
  'kms-key-usage-invalid',
  'kms-key-unavailable',
  'kms-dry-run',
  'validation-failed',
];
