// How the KMS door spells the domain's errors (kms.md §1).

import type { KmsErrorKind } from '#core/errors.ts';
import type { ErrorSpelling, ErrorTable } from '#core/operation.ts';

const clientError = (name: string): ErrorSpelling => ({ code: `${name}Exception`, status: 400 });

const keyErrors: ErrorTable<KmsErrorKind> = {
  'kms-alias-exists': clientError('AlreadyExists'),
  'kms-alias-name-invalid': clientError('InvalidAliasName'),
  'kms-arn-invalid': clientError('InvalidArn'),
  'kms-ciphertext-invalid': clientError('InvalidCiphertext'),
  'kms-dry-run': clientError('DryRunOperation'),
  'kms-import-token-expired': clientError('ExpiredImportToken'),
  'kms-import-token-invalid': clientError('InvalidImportToken'),
  'kms-grant-id-invalid': clientError('InvalidGrantId'),
  'kms-grant-token-invalid': clientError('InvalidGrantToken'),
  'kms-incorrect-key': clientError('IncorrectKey'),
  'kms-key-disabled': clientError('Disabled'),
  'kms-key-material-incorrect': clientError('IncorrectKeyMaterial'),
  'kms-key-not-found': clientError('NotFound'),
  'kms-key-state-invalid': clientError('KMSInvalidState'),
  'kms-key-unavailable': { code: 'KeyUnavailableException', status: 500 },
  'kms-key-usage-invalid': clientError('InvalidKeyUsage'),
  'kms-limit-exceeded': clientError('LimitExceeded'),
  'kms-mac-invalid': clientError('KMSInvalidMac'),
  'kms-malformed-policy': clientError('MalformedPolicyDocument'),
  'kms-marker-invalid': clientError('InvalidMarker'),
  'kms-not-authorized': clientError('NotAuthorized'),
  'kms-replica-exists': clientError('AlreadyExists'),
  'kms-signature-invalid': clientError('KMSInvalidSignature'),
  'kms-tag-invalid': clientError('Tag'),
  'kms-unsupported': clientError('UnsupportedOperation'),
};

const serverError: ErrorSpelling = { code: 'KMSInternalException', status: 500 };

/** The whole table: the keys' own errors, and others' that KMS spells its own way. */
export const kmsErrors = {
  ...keyErrors,
  'validation-failed': clientError('Validation'),
  'storage-unavailable': serverError,
  internal: serverError,
};
