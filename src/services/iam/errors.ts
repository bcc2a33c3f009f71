// How the IAM and STS doors spell the domain's errors (iam.md §6).

import type { IamErrorKind } from '#core/errors.ts';
import type { ErrorTable } from '#core/operation.ts';

export const iamErrors: ErrorTable<IamErrorKind> = {
  'validation-failed': { code: 'ValidationError', status: 400 },
  'invalid-input': { code: 'InvalidInput', status: 400 },
  'no-such-entity': { code: 'NoSuchEntity', status: 404 },
  'entity-already-exists': { code: 'EntityAlreadyExists', status: 409 },
  'delete-conflict': { code: 'DeleteConflict', status: 409 },
  'entity-limit-exceeded': { code: 'LimitExceeded', status: 409 },
  'malformed-policy': { code: 'MalformedPolicyDocument', status: 400 },
  'policy-not-attachable': { code: 'PolicyNotAttachable', status: 400 },
  'invalid-authentication-code': { code: 'InvalidAuthenticationCode', status: 403 },
  'report-not-present': { code: 'ReportNotPresent', status: 410 },
  'report-expired': { code: 'ReportExpired', status: 410 },
  'password-policy-violation': { code: 'PasswordPolicyViolation', status: 400 },
  'entity-temporarily-unmodifiable': { code: 'EntityTemporarilyUnmodifiable', status: 409 },
  'unmodifiable-entity': { code: 'UnmodifiableEntity', status: 400 },
};
