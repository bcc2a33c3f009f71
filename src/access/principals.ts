// Whom a statement's Principal means, and how: by itself, by its account, or as anybody.

import { rootArn } from '#core/arn.ts';
import type { Principal } from '#core/caller.ts';
import type { ParsedPrincipal } from './policy.ts';

/**
 * How a principal was matched. `account` only delegates to the account's own policies; `self` and `anyone` grant by
 * themselves; `role` grants but leaves boundary and session policy in force.
 */
export type PrincipalMatch = 'self' | 'role' | 'account' | 'anyone';

type Principals = { readonly not: boolean; readonly list: readonly ParsedPrincipal[] } | undefined;

/** Undefined when the statement does not speak of this principal. No Principal element (identity policies): itself. */
export function principalMatch(principals: Principals, principal: Principal): PrincipalMatch | undefined {
  if (principals === undefined) return 'self';
  const found = strongest(principals.list.map((one) => matchOne(one, principal)));
  if (!principals.not) return found;
  return found === undefined ? 'anyone' : undefined;
}

/** From the weakest to the strongest. */
const strengths: readonly PrincipalMatch[] = ['account', 'role', 'anyone', 'self'];

function strongest(found: ReadonlyArray<PrincipalMatch | undefined>): PrincipalMatch | undefined {
  return strengths.findLast((strength) => found.includes(strength));
}

function matchOne({ type, value }: ParsedPrincipal, principal: Principal): PrincipalMatch | undefined {
  if (value === '*') return type === 'AWS' ? 'anyone' : undefined;
  if (type === 'Service') return principal.kind === 'service' && principal.arn === value ? 'self' : undefined;
  if (type !== 'AWS') return undefined;
  if (value === principal.arn || value === principal.principalId) return 'self';
  if (value === principal.accountId || value === rootArn(principal.accountId)) {
    return principal.kind === 'root' ? 'self' : 'account';
  }
  return value === roleArnOf(principal) ? 'role' : undefined;
}

/** `arn:aws:sts::A:assumed-role/Role/Session` → the role's ARN as a policy without a path names it. */
function roleArnOf(principal: Principal): string | undefined {
  if (principal.kind !== 'assumed-role') return undefined;
  const role = principal.arn.split('/')[1];
  return role === undefined ? undefined : `arn:aws:iam::${principal.accountId}:role/${role}`;
}
