// IAM's refusals in IAM's words (iam.md §6).

import { DomainError } from '#core/errors.ts';

/** `The user with name X cannot be found.` and its like. */
export function noSuchEntity(what: string): DomainError {
  return new DomainError('no-such-entity', `${what} cannot be found.`, {});
}

export function alreadyExists(what: string): DomainError {
  return new DomainError('entity-already-exists', `${what} already exists.`, {});
}

export function deleteConflict(what: string): DomainError {
  return new DomainError('delete-conflict', `Cannot delete entity, must ${what} first.`, {});
}

/** `Cannot exceed quota for AccessKeysPerUser: 2`. */
export function limitExceeded(quota: string, max: number): DomainError {
  return new DomainError('entity-limit-exceeded', `Cannot exceed quota for ${quota}: ${max}`, {});
}

/** A service-linked role belongs to its service. */
export function unmodifiableRole(roleName: string): DomainError {
  const why = 'this role is only modifiable by AWS';
  const message = `Cannot perform the operation on the protected role '${roleName}' - ${why}`;
  return new DomainError('unmodifiable-entity', message, {});
}
