// How Sallyport's own door spells the errors of the domain.

import type { ErrorSpelling } from '#core/operation.ts';

const validation: ErrorSpelling = { code: 'ValidationException', status: 400 };

export const sallyportErrors: Readonly<Record<string, ErrorSpelling>> = {
  'invalid-parameter': validation,
  'validation-failed': validation,
  'invalid-input': validation,
  'invalid-next-token': validation,
  'no-such-entity': { code: 'ResourceNotFoundException', status: 400 },
  'entity-already-exists': { code: 'ConflictException', status: 400 },
  'entity-limit-exceeded': { code: 'LimitExceededException', status: 400 },
  'repository-not-found': { code: 'RepositoryNotFoundException', status: 400 },
  'kms-unavailable': { code: 'KmsException', status: 400 },
  'malformed-policy': { code: 'MalformedPolicyDocumentException', status: 400 },
};
