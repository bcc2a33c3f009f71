// Why a web identity token is not taken, in STS's words (iam.md §7). `log` is for the operator only.

import { DomainError } from '#core/errors.ts';

export function invalidToken(message: string, log?: string, cause?: unknown): DomainError<'identity-token-invalid'> {
  return new DomainError('identity-token-invalid', message, {}, { ...(log && { log }), ...(cause ? { cause } : {}) });
}

export function noToken(why: string): DomainError {
  return invalidToken(`The ID Token provided is not a valid JWT: ${why}`);
}

/** Times in seconds, as the token itself has them. */
export function expiredToken(nowSeconds: number, expiresSeconds: number): DomainError {
  const limit = `must be before the expiration date/time${expiresSeconds}`;
  return new DomainError('identity-token-expired', `Token expired: current date/time ${nowSeconds} ${limit}`, {});
}

/** The provider answered, and there is no key for this token in it. */
export function noKey(log: string, cause?: unknown): DomainError {
  const message =
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity " +
    'documentation for requirements';
  return invalidToken(message, log, cause);
}

/** The provider did not answer: clients try again by themselves. */
export function unreachable(log: string, cause?: unknown): DomainError {
  const message = 'The identity provider that issued the token could not be reached. Try again in a moment.';
  return new DomainError('identity-provider-unreachable', message, {}, { log, ...(cause ? { cause } : {}) });
}

export function untrustedServer(log: string): DomainError {
  return invalidToken("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint", log);
}
