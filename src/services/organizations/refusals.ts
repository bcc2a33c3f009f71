// Why Organizations refuses, in its words (API reference).

import { DomainError, type OrganizationsErrorKind } from '#core/errors.ts';
import type { Organization, OrganizationsRooms } from './rooms.ts';

/** Throws organizations-not-in-use. */
export function requireOrganization({ organization }: Pick<OrganizationsRooms, 'organization'>): Organization {
  if (organization !== undefined) return organization;
  throw refusal('organizations-not-in-use', 'Your account is not a member of an organization.');
}

export function notFound(kind: Exclude<OrganizationsErrorKind, 'organizations-not-in-use'>): DomainError {
  return refusal(kind, texts[kind]);
}

/** Only the management account may ask, whatever policies say. */
export function denied(action: string): DomainError {
  const message = "You don't have permissions to access this resource.";
  return new DomainError('access-denied', message, { action: `organizations:${action}`, resource: '*' });
}

const texts = {
  'account-not-found': "You specified an account that doesn't exist.",
  'parent-not-found': "You specified parent that doesn't exist.",
  'child-not-found': "You specified a child that doesn't exist.",
  'organizational-unit-not-found': "You specified an organizational unit that doesn't exist.",
  'policy-not-found': "You specified a policy that doesn't exist.",
  'target-not-found': "You specified a target that doesn't exist.",
} as const;

function refusal(kind: OrganizationsErrorKind, message: string): DomainError {
  return new DomainError(kind, message, {});
}
