// How refusals of the corridor itself are spelt in each AWS protocol (iam.md §8 of the reference; AWS common errors).
// A service's own table comes first: ECR says ServerException where others say InternalFailure.

import type { CorridorErrorKind } from '#core/errors.ts';
import type { ErrorSpelling } from '#core/operation.ts';
import type { ProtocolName } from '#core/service.ts';

type Spellings = Readonly<Record<CorridorErrorKind, ErrorSpelling>>;

const json: Spellings = {
  'missing-authentication': { code: 'MissingAuthenticationTokenException', status: 400 },
  'incomplete-signature': { code: 'IncompleteSignatureException', status: 400 },
  'unrecognized-client': { code: 'UnrecognizedClientException', status: 400 },
  'expired-token': { code: 'ExpiredTokenException', status: 400 },
  'invalid-signature': { code: 'InvalidSignatureException', status: 400 },
  'registry-token-invalid': { code: 'UnrecognizedClientException', status: 400 },
  'registry-token-expired': { code: 'ExpiredTokenException', status: 400 },
  'access-denied': { code: 'AccessDeniedException', status: 400 },
  'unknown-operation': { code: 'UnknownOperationException', status: 400 },
  'malformed-request': { code: 'SerializationException', status: 400 },
  'request-too-large': { code: 'RequestEntityTooLargeException', status: 413 },
  'request-incomplete': { code: 'SerializationException', status: 400 },
  'not-found': { code: 'UnknownOperationException', status: 404 },
  'method-not-allowed': { code: 'UnknownOperationException', status: 405 },
  throttled: { code: 'ThrottlingException', status: 400 },
  'audit-unavailable': { code: 'ServiceUnavailableException', status: 503 },
  'storage-unavailable': { code: 'ServiceUnavailableException', status: 503 },
  internal: { code: 'InternalFailure', status: 500 },
};

const query: Spellings = {
  'missing-authentication': { code: 'MissingAuthenticationToken', status: 403 },
  'incomplete-signature': { code: 'IncompleteSignature', status: 400 },
  'unrecognized-client': { code: 'InvalidClientTokenId', status: 403 },
  'expired-token': { code: 'ExpiredToken', status: 403 },
  'invalid-signature': { code: 'SignatureDoesNotMatch', status: 403 },
  'registry-token-invalid': { code: 'InvalidClientTokenId', status: 403 },
  'registry-token-expired': { code: 'ExpiredToken', status: 403 },
  'access-denied': { code: 'AccessDenied', status: 403 },
  'unknown-operation': { code: 'InvalidAction', status: 400 },
  'malformed-request': { code: 'MalformedInput', status: 400 },
  'request-too-large': { code: 'RequestEntityTooLarge', status: 413 },
  'request-incomplete': { code: 'MalformedInput', status: 400 },
  'not-found': { code: 'InvalidAction', status: 404 },
  'method-not-allowed': { code: 'InvalidAction', status: 405 },
  throttled: { code: 'Throttling', status: 400 },
  'audit-unavailable': { code: 'ServiceUnavailable', status: 503 },
  'storage-unavailable': { code: 'ServiceUnavailable', status: 503 },
  internal: { code: 'InternalFailure', status: 500 },
};

/** The protocols spelt here; the OCI door has its own table. */
export type AwsProtocolName = Exclude<ProtocolName, 'oci'>;

const tables: Readonly<Record<AwsProtocolName, Spellings>> = { 'aws-json-1.1': json, 'aws-query': query };

/** Code and HTTP status of a corridor refusal in a protocol. */
export function spellCorridorError(kind: CorridorErrorKind, protocol: AwsProtocolName): ErrorSpelling {
  return tables[protocol][kind];
}
