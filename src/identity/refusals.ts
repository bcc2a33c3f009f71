// Why a credential is not accepted, in AWS's words (iam.md §8). The wire formats spell the codes.

import { type CorridorErrorKind, DomainError } from '#core/errors.ts';

type IdentityErrorKind = Exclude<CorridorErrorKind, 'access-denied' | 'throttled'>;

function refusal(kind: IdentityErrorKind, message: string, log?: string): DomainError {
  return new DomainError(kind, message, {}, log === undefined ? {} : { log });
}

export function missingAuthentication(): DomainError {
  return refusal('missing-authentication', 'Missing Authentication Token');
}

/** One answer for every credential that is not known, not active or not ours; the log knows which. */
export function unrecognizedClient(log: string): DomainError {
  return refusal('unrecognized-client', 'The security token included in the request is invalid.', log);
}

export function expiredToken(): DomainError {
  return refusal('expired-token', 'The security token included in the request is expired');
}

export function incompleteSignature(message: string): DomainError {
  return refusal('incomplete-signature', message);
}

export function invalidSignature(message: string): DomainError {
  return refusal('invalid-signature', message);
}

/** The one text for a signature that does not match, whatever part of the request was changed. */
export function signatureMismatch(): DomainError {
  return invalidSignature(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
      'Key and signing method. Consult the service documentation for details.',
  );
}

export function registryTokenInvalid(log: string): DomainError {
  return refusal('registry-token-invalid', 'Not Authorized', log);
}

export function registryTokenExpired(): DomainError {
  return refusal('registry-token-expired', 'Your authorization token has expired. Reauthenticate and try again.');
}
